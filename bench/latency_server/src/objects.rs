//! The values, by bucket and key.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A value with the tag of its version.
#[derive(Clone)]
pub struct Object {
    /// The value.
    pub bytes: Arc<Vec<u8>>,
    /// With quotes, as in headers. Every write makes a new one, that of an equal value too.
    pub tag: String,
}

/// What must hold for a write to happen.
pub enum Condition {
    /// Nothing.
    Always,
    /// There is no value.
    Absent,
    /// The value has this tag.
    Tag(String),
}

/// Some names below a prefix, in order.
#[derive(Default)]
pub struct Listing {
    /// Keys without their bucket, with sizes and tags.
    pub objects: Vec<(String, usize, String)>,
    /// Prefixes that end with the delimiter.
    pub folders: Vec<String>,
    /// The last name if there are more.
    pub next: Option<String>,
}

type Parts = BTreeMap<u32, Vec<u8>>;

/// All values, and those that arrive in parts.
#[derive(Default)]
pub struct Objects {
    values: RwLock<BTreeMap<String, Object>>,
    uploads: Mutex<HashMap<String, Parts>>,
    names: AtomicU64,
}

impl Objects {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Object>> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Object>> {
        self.values.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_name(&self) -> u64 {
        self.names.fetch_add(1, SeqCst)
    }

    /// Returns the value at a path, which is a bucket and a key.
    pub fn get(&self, path: &str) -> Option<Object> {
        self.read().get(path).cloned()
    }

    /// Stores a value if the condition holds, and returns its tag.
    pub fn put(&self, path: &str, bytes: Vec<u8>, condition: &Condition) -> Option<String> {
        let tag = format!("\"{:032x}\"", self.new_name());
        let mut values = self.write();
        let old = values.get(path);
        let holds = match condition {
            Condition::Always => true,
            Condition::Absent => old.is_none(),
            Condition::Tag(wanted) => old.is_some_and(|it| it.tag == *wanted),
        };
        if !holds {
            return None;
        }
        values.insert(path.to_owned(), Object { bytes: Arc::new(bytes), tag: tag.clone() });
        Some(tag)
    }

    /// Removes a value, if there is one.
    pub fn delete(&self, path: &str) {
        self.write().remove(path);
    }

    /// Returns at most so many names of a bucket after another name; a delimiter groups keys.
    pub fn list(
        &self,
        bucket: &str,
        prefix: &str,
        delimiter: &str,
        after: &str,
        most: usize,
    ) -> Listing {
        let start = format!("{bucket}/{prefix}");
        let mut found = Listing::default();
        let mut last = after.to_owned();
        for (path, object) in
            self.read().range(start.clone()..).take_while(|(path, _)| path.starts_with(&start))
        {
            let key = &path[bucket.len() + 1..];
            let below = &key[prefix.len()..];
            let folder = (!delimiter.is_empty())
                .then(|| below.find(delimiter))
                .flatten()
                .map(|at| &key[..prefix.len() + at + delimiter.len()]);
            let name = folder.unwrap_or(key);
            if name <= last.as_str() {
                continue;
            }
            if found.objects.len() + found.folders.len() == most {
                found.next = Some(last);
                break;
            }
            name.clone_into(&mut last);
            if let Some(folder) = folder {
                found.folders.push(folder.to_owned());
            } else {
                found.objects.push((key.to_owned(), object.bytes.len(), object.tag.clone()));
            }
        }
        found
    }

    /// Begins a value that arrives in parts, and returns the name of the upload.
    pub fn begin(&self) -> String {
        let upload = format!("upload-{}", self.new_name());
        self.parts(|uploads| uploads.insert(upload.clone(), Parts::new()));
        upload
    }

    /// Stores a part, and returns its tag; `None` if there is no such upload.
    pub fn put_part(&self, upload: &str, number: u32, bytes: Vec<u8>) -> Option<String> {
        let tag = format!("\"{:032x}\"", self.new_name());
        self.parts(|uploads| uploads.get_mut(upload).map(|parts| parts.insert(number, bytes)))?;
        Some(tag)
    }

    /// Returns the value that these parts make, and forgets the upload; `None` if one is missing.
    pub fn joined(&self, upload: &str, numbers: &[u32]) -> Option<Vec<u8>> {
        let mut parts = self.parts(|uploads| uploads.remove(upload))?;
        numbers.iter().try_fold(Vec::new(), |mut whole, number| {
            whole.append(&mut parts.remove(number)?);
            Some(whole)
        })
    }

    /// Forgets an upload.
    pub fn abort(&self, upload: &str) {
        self.parts(|uploads| uploads.remove(upload));
    }

    fn parts<T>(&self, change: impl FnOnce(&mut HashMap<String, Parts>) -> T) -> T {
        change(&mut self.uploads.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Objects};

    fn with_keys(keys: &[&str]) -> Objects {
        let objects = Objects::default();
        for key in keys {
            assert!(
                objects
                    .put(&format!("b/{key}"), key.as_bytes().to_vec(), &Condition::Always)
                    .is_some()
            );
        }
        objects
    }

    /// Catches a condition that is ignored, and an equal value with the tag of the old one.
    #[test]
    fn writes_happen_only_under_their_conditions() {
        let objects = with_keys(&["k"]);
        let Some(first) = objects.get("b/k").map(|it| it.tag) else { unreachable!() };
        assert_eq!(objects.put("b/k", vec![1], &Condition::Absent), None);
        let Some(second) = objects.put("b/k", b"k".to_vec(), &Condition::Tag(first.clone())) else {
            unreachable!()
        };
        assert_ne!(first, second);
        assert_eq!(objects.put("b/k", vec![1], &Condition::Tag(first)), None);
        assert_eq!(objects.put("b/other", vec![1], &Condition::Tag(second)), None);
        assert!(objects.put("b/other", vec![1], &Condition::Absent).is_some());
        objects.delete("b/k");
        assert!(objects.get("b/k").is_none());
    }

    /// Catches pages that repeat or leave out a name, and a prefix that reaches another bucket.
    #[test]
    fn pages_together_hold_each_name_once() {
        let objects = with_keys(&["a/1", "a/2", "a/3/x", "a/3/y", "a/4", "ab", "c"]);
        assert!(objects.put("bb/a/9", Vec::new(), &Condition::Always).is_some());
        for (prefix, delimiter, expected) in [
            ("", "", vec!["a/1", "a/2", "a/3/x", "a/3/y", "a/4", "ab", "c"]),
            ("a/", "/", vec!["a/1", "a/2", "a/3/", "a/4"]),
            ("a", "/", vec!["a/", "ab"]),
            ("x", "/", vec![]),
        ] {
            for most in 1..9 {
                let (mut names, mut after) = (Vec::new(), String::new());
                loop {
                    let page = objects.list("b", prefix, delimiter, &after, most);
                    names.extend(page.objects.into_iter().map(|it| it.0).chain(page.folders));
                    let Some(next) = page.next else { break };
                    after = next;
                }
                names.sort();
                assert_eq!(names, expected, "{prefix} {most}");
            }
        }
    }

    /// Catches parts in the order of their arrival, and an upload that lives on.
    #[test]
    fn parts_are_joined_in_the_order_of_the_list() {
        let objects = Objects::default();
        let upload = objects.begin();
        for (number, bytes) in [(2, b"two"), (1, b"one")] {
            assert!(objects.put_part(&upload, number, bytes.to_vec()).is_some());
        }
        assert_eq!(objects.joined(&upload, &[1, 2]), Some(b"onetwo".to_vec()));
        assert_eq!(objects.joined(&upload, &[1, 2]), None);
        let upload = objects.begin();
        assert_eq!(objects.joined(&upload, &[1]), None);
        let upload = objects.begin();
        objects.abort(&upload);
        assert_eq!(objects.put_part(&upload, 1, Vec::new()), None);
    }
}
