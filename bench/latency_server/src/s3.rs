//! What S3 answers; a GET or HEAD of a path is plain HTTP, too. Signatures are not looked at.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::http::{Head, Reply};
use crate::objects::{Condition, Objects};
use crate::query::{elements, escaped};
use crate::ranges::{Wanted, wanted};

/// Nobody asks when a value was written, but clients want to be told.
const WRITTEN: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
const WRITTEN_IN_LIST: &str = "2026-01-01T00:00:00.000Z";

/// Returns the word under which a request is counted.
pub fn kind(head: &Head) -> &'static str {
    let of_bucket = split(&head.path).1.is_empty();
    match head.method.as_str() {
        "GET" if of_bucket => "LIST",
        "GET" => "GET",
        "HEAD" => "HEAD",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "POST" if of_bucket => "DELETE many",
        "POST" => "POST",
        _ => "other",
    }
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

/// What a server says that has too much to do.
pub fn slow_down() -> Reply {
    failure(503, "SlowDown")
}

fn failure(status: u16, code: &str) -> Reply {
    xml(status, &format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"))
}

fn xml(status: u16, text: &str) -> Reply {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}");
    Reply::new(status, text).with("Content-Type", "application/xml")
}

/// Does what a request asks for.
pub fn answer(objects: &Objects, head: &Head, body: Vec<u8>) -> Reply {
    let (bucket, key) = split(&head.path);
    let upload = head.asked("uploadId");
    match (head.method.as_str(), key.is_empty()) {
        ("GET", true) if head.asked("location").is_some() => xml(200, "<LocationConstraint/>"),
        ("GET", true) => list(objects, bucket, head),
        ("POST", true) => delete_many(objects, bucket, &body),
        // Every bucket exists.
        (_, true) => Reply::new(200, ""),
        ("GET" | "HEAD", _) => get(objects, head),
        ("PUT", _) => match upload {
            Some(upload) => put_part(objects, upload, head, body),
            None => stored(put(objects, head, body)),
        },
        ("POST", _) if head.asked("uploads").is_some() => {
            let upload = objects.begin();
            xml(
                200,
                &format!(
                    "<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
                ),
            )
        }
        ("POST", _) => match upload.and_then(|upload| objects.joined(upload, &numbers(&body))) {
            Some(whole) => completed(put(objects, head, whole)),
            None => failure(404, "NoSuchUpload"),
        },
        ("DELETE", _) => {
            match upload {
                Some(upload) => objects.abort(upload),
                None => objects.delete(&head.path),
            }
            Reply::new(204, "")
        }
        _ => failure(405, "MethodNotAllowed"),
    }
}

fn get(objects: &Objects, head: &Head) -> Reply {
    let Some(found) = objects.get(&head.path) else { return failure(404, "NoSuchKey") };
    if head.header("if-match").is_some_and(|it| it != found.tag && it != "*") {
        return failure(412, "PreconditionFailed");
    }
    let size = found.bytes.len();
    let reply =
        |status, part| Reply { status, headers: Vec::new(), bytes: Arc::clone(&found.bytes), part };
    let reply = match wanted(head.header("range"), size) {
        _ if head.header("if-none-match").is_some_and(|it| it == found.tag) => Reply::new(304, ""),
        Wanted::Whole => reply(200, 0..size),
        Wanted::Part(part) => {
            let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            reply(206, part).with("Content-Range", range)
        }
        Wanted::Nothing => {
            return failure(416, "InvalidRange").with("Content-Range", format!("bytes */{size}"));
        }
    };
    reply
        .with("ETag", found.tag)
        .with("Last-Modified", WRITTEN)
        .with("Accept-Ranges", "bytes")
        .with("Content-Type", "application/octet-stream")
}

fn put(objects: &Objects, head: &Head, bytes: Vec<u8>) -> Option<String> {
    let condition = match (head.header("if-none-match"), head.header("if-match")) {
        (Some("*"), _) => Condition::Absent,
        (_, Some(tag)) => Condition::Tag(tag.to_owned()),
        _ => Condition::Always,
    };
    objects.put(&head.path, bytes, &condition)
}

fn stored(tag: Option<String>) -> Reply {
    match tag {
        Some(tag) => Reply::new(200, "").with("ETag", tag),
        None => failure(412, "PreconditionFailed"),
    }
}

fn completed(tag: Option<String>) -> Reply {
    let Some(tag) = tag else { return stored(None) };
    let text = format!(
        "<CompleteMultipartUploadResult><ETag>{}</ETag></CompleteMultipartUploadResult>",
        escaped(&tag)
    );
    xml(200, &text)
}

fn put_part(objects: &Objects, upload: &str, head: &Head, body: Vec<u8>) -> Reply {
    let number = head.asked("partNumber").and_then(|it| it.parse().ok()).unwrap_or(0);
    match objects.put_part(upload, number, body) {
        Some(tag) => stored(Some(tag)),
        None => failure(404, "NoSuchUpload"),
    }
}

fn numbers(body: &[u8]) -> Vec<u32> {
    let named = elements(&String::from_utf8_lossy(body), "PartNumber");
    named.iter().filter_map(|it| it.trim().parse().ok()).collect()
}

fn delete_many(objects: &Objects, bucket: &str, body: &[u8]) -> Reply {
    let mut text = String::from("<DeleteResult>");
    for key in elements(&String::from_utf8_lossy(body), "Key") {
        objects.delete(&format!("{bucket}/{key}"));
        let _ = write!(text, "<Deleted><Key>{}</Key></Deleted>", escaped(&key));
    }
    xml(200, &(text + "</DeleteResult>"))
}

fn list(objects: &Objects, bucket: &str, head: &Head) -> Reply {
    let (prefix, delimiter) =
        (head.asked("prefix").unwrap_or(""), head.asked("delimiter").unwrap_or(""));
    let after = head.asked("continuation-token").or(head.asked("start-after")).unwrap_or("");
    let most = head.asked("max-keys").and_then(|it| it.parse().ok()).unwrap_or(1000);
    let found = objects.list(bucket, prefix, delimiter, after, most);
    let mut text = format!(
        "<ListBucketResult><Name>{}</Name><Prefix>{}</Prefix><MaxKeys>{most}</MaxKeys><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>",
        escaped(bucket),
        escaped(prefix),
        found.objects.len() + found.folders.len(),
        found.next.is_some(),
    );
    for (key, size, tag) in &found.objects {
        let (key, tag) = (escaped(key), escaped(tag));
        let _ = write!(
            text,
            "<Contents><Key>{key}</Key><LastModified>{WRITTEN_IN_LIST}</LastModified><ETag>{tag}</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    for folder in &found.folders {
        let _ =
            write!(text, "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escaped(folder));
    }
    if let Some(next) = &found.next {
        let _ = write!(text, "<NextContinuationToken>{}</NextContinuationToken>", escaped(next));
    }
    xml(200, &(text + "</ListBucketResult>"))
}

#[cfg(test)]
mod tests {
    use super::{answer, kind};
    use crate::http::{Head, Reply, read_head};
    use crate::objects::Objects;

    fn head(first: &str, headers: &str) -> Head {
        let text = format!("{first} HTTP/1.1\r\n{headers}\r\n");
        let Ok(Some(head)) = read_head(&mut text.as_bytes()) else { unreachable!() };
        head
    }

    fn ask(objects: &Objects, first: &str, headers: &str, body: &str) -> (u16, String, Reply) {
        let reply = answer(objects, &head(first, headers), body.as_bytes().to_vec());
        let text = String::from_utf8_lossy(&reply.bytes[reply.part.clone()]).into_owned();
        (reply.status, text, reply)
    }

    fn tag(reply: &Reply) -> String {
        reply
            .headers
            .iter()
            .find(|(name, _)| *name == "ETag")
            .map(|(_, tag)| tag.clone())
            .unwrap_or_default()
    }

    /// Catches a word that counts requests of another kind.
    #[test]
    fn requests_are_counted_by_what_they_do() {
        for (first, word) in [
            ("GET /b/k", "GET"),
            ("GET /b?list-type=2", "LIST"),
            ("GET /b/?list-type=2", "LIST"),
            ("HEAD /b/k", "HEAD"),
            ("PUT /b/k", "PUT"),
            ("POST /b?delete", "DELETE many"),
            ("POST /b/k?uploads", "POST"),
            ("DELETE /b/k", "DELETE"),
        ] {
            assert_eq!(kind(&head(first, "")), word, "{first}");
        }
    }

    /// Catches a part of another version, and a missing value that is something else than missing.
    #[test]
    fn a_value_is_read_whole_in_part_and_under_conditions() {
        let objects = Objects::default();
        assert_eq!(ask(&objects, "GET /b/k", "", "").0, 404);
        let written = ask(&objects, "PUT /b/k", "", "0123456789");
        assert_eq!(written.0, 200);
        let (status, text, reply) = ask(&objects, "GET /b/k", "", "");
        assert_eq!((status, text.as_str(), tag(&reply)), (200, "0123456789", tag(&written.2)));
        let fits = format!("Range: bytes=-3\r\nIf-Match: {}\r\n", tag(&reply));
        let (status, text, reply) = ask(&objects, "GET /b/k", &fits, "");
        assert_eq!((status, text.as_str()), (206, "789"));
        assert!(reply.headers.contains(&("Content-Range", "bytes 7-9/10".to_owned())));
        assert_eq!(ask(&objects, "GET /b/k", "Range: bytes=10-\r\n", "").0, 416);
        assert_eq!(ask(&objects, "GET /b/k", "If-Match: \"other\"\r\n", "").0, 412);
        assert_eq!(
            ask(&objects, "GET /b/k", &format!("If-None-Match: {}\r\n", tag(&written.2)), "").0,
            304
        );
        assert_eq!(ask(&objects, "DELETE /b/k", "", "").0, 204);
        assert_eq!(ask(&objects, "HEAD /b/k", "", "").0, 404);
    }

    /// Catches an update that is lost.
    #[test]
    fn a_value_is_written_under_conditions() {
        let objects = Objects::default();
        let absent = "If-None-Match: *\r\n";
        let (status, _, first) = ask(&objects, "PUT /b/k", absent, "one");
        assert_eq!((status, ask(&objects, "PUT /b/k", absent, "two").0), (200, 412));
        let same = format!("If-Match: {}\r\n", tag(&first));
        assert_eq!(ask(&objects, "PUT /b/k", &same, "three").0, 200);
        assert_eq!(ask(&objects, "PUT /b/k", &same, "four").0, 412);
        assert_eq!(ask(&objects, "GET /b/k", "", "").1, "three");
    }

    /// Catches parts that are stored as values of their own.
    #[test]
    fn a_value_arrives_in_parts() {
        let objects = Objects::default();
        let begun = ask(&objects, "POST /b/k?uploads", "", "").1;
        let upload = crate::query::elements(&begun, "UploadId").concat();
        for (number, text) in [(2, "two"), (1, "one")] {
            let first = format!("PUT /b/k?partNumber={number}&uploadId={upload}");
            assert_eq!(ask(&objects, &first, "", text).0, 200);
        }
        assert_eq!(ask(&objects, "GET /b/k", "", "").0, 404);
        let list = "<Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber></Part>";
        let completion = format!("POST /b/k?uploadId={upload}");
        assert_eq!(ask(&objects, &completion, "", list).0, 200);
        assert_eq!(ask(&objects, "GET /b/k", "", "").1, "onetwo");
        assert_eq!(ask(&objects, &completion, "", list).0, 404);
        assert_eq!(
            ask(&objects, &format!("PUT /b/k?partNumber=1&uploadId={upload}"), "", "x").0,
            404
        );
    }

    /// Catches a list without its names or their end, and a deletion of other keys.
    #[test]
    fn keys_are_listed_and_deleted() {
        let objects = Objects::default();
        for key in ["a%26b", "c/1", "c/2", "d"] {
            assert_eq!(ask(&objects, &format!("PUT /b/{key}"), "", "12").0, 200);
        }
        let page = ask(&objects, "GET /b?list-type=2&delimiter=%2F&max-keys=2", "", "").1;
        for part in [
            "<Key>a&amp;b</Key>",
            "<Size>2</Size>",
            "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>",
            "<IsTruncated>true</IsTruncated>",
            "<KeyCount>2</KeyCount>",
            "<NextContinuationToken>c/</NextContinuationToken>",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        let rest =
            ask(&objects, "GET /b?list-type=2&delimiter=%2F&continuation-token=c%2F", "", "").1;
        assert!(
            rest.contains("<Key>d</Key>") && !rest.contains("c/") && !rest.contains("Token"),
            "{rest}"
        );
        let keys =
            "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c/1</Key></Object></Delete>";
        let (status, text, _) = ask(&objects, "POST /b?delete", "", keys);
        assert_eq!((status, text.matches("<Deleted>").count()), (200, 2));
        let left = ask(&objects, "GET /b?list-type=2&prefix=", "", "").1;
        assert_eq!(crate::query::elements(&left, "Key"), ["c/2", "d"]);
    }
}
