use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// Runs a target on each input of its corpus.
pub(super) fn corpus(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> =
        fs::read_dir(&folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no inputs", folder.display());
    let broken = |file: &&std::path::PathBuf| {
        let data = fs::read(file).unwrap_or_else(|error| unreachable!("{error}"));
        catch_unwind(|| target(&data)).is_err()
    };
    let broken: Vec<_> = files.iter().filter(broken).collect();
    assert!(broken.is_empty(), "these inputs break a property: {broken:?}");
}
