//! Requests and answers of HTTP/1.1.

use std::fmt::Write as _;
use std::io::{self, BufRead, IoSlice, Read, Write};
use std::ops::Range;
use std::sync::Arc;

use crate::query::{decoded, parsed};
use crate::traffic::Traffic;

/// Longest line and most lines of a head.
const LINE: u64 = 64 << 10;
const LINES: usize = 200;

/// Bodies pass the line in pieces, so that connections share it.
const PIECE: usize = 64 << 10;

/// The head of a request.
pub struct Head {
    /// `GET` and so on.
    pub method: String,
    /// Bucket and key, decoded.
    pub path: String,
    /// What follows `?`, decoded.
    pub query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Head {
    /// Returns a header by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Returns a value from the query.
    pub fn asked(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
}

/// An answer.
pub struct Reply {
    /// Such as 200.
    pub status: u16,
    /// Without the size of the body.
    pub headers: Vec<(&'static str, String)>,
    /// A part of these bytes is the body.
    pub bytes: Arc<Vec<u8>>,
    /// Which part.
    pub part: Range<usize>,
}

impl Reply {
    /// An answer with a text.
    pub fn new(status: u16, text: impl Into<String>) -> Self {
        let bytes = text.into().into_bytes();
        Self { status, headers: Vec::new(), part: 0..bytes.len(), bytes: Arc::new(bytes) }
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Reads a head; `None` if the client has gone away.
pub fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let first = read_line(reader)?;
    if first.is_empty() {
        return Ok(None);
    }
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1")) = (words.next(), words.next(), words.next())
    else {
        return Err(io::Error::other("this is not a request of HTTP/1.1"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = decoded(path.trim_start_matches('/'));
    let mut head =
        Head { method: method.to_owned(), path, query: parsed(query), headers: Vec::new() };
    for _ in 0..LINES {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Ok(Some(head));
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        head.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Err(io::Error::other("there are too many headers"))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.take(LINE).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// Reads the body that a head announces, without its framing.
pub fn read_body(
    reader: &mut impl BufRead,
    mut writer: impl Write,
    head: &Head,
    traffic: &Traffic,
) -> io::Result<Vec<u8>> {
    if head.header("transfer-encoding").is_some() {
        return Err(io::Error::other("bodies without a length are not served"));
    }
    let size: usize = head.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    if head.header("expect").is_some() {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = Vec::new();
    while body.len() < size {
        let piece = (size - body.len()).min(PIECE);
        if reader.by_ref().take(piece as u64).read_to_end(&mut body)? < piece {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        traffic.receive(piece);
    }
    let signed = head.header("x-amz-content-sha256").is_some_and(|it| it.starts_with("STREAMING"));
    if signed || head.header("content-encoding").is_some_and(|it| it.contains("aws-chunked")) {
        body = unframed(&body);
    }
    Ok(body)
}

/// Returns a body without the signatures between its pieces.
fn unframed(mut framed: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        let read = framed.read_until(b'\n', &mut line).unwrap_or(0);
        let line = String::from_utf8_lossy(&line);
        let size =
            usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16).unwrap_or(0);
        if read == 0 || size == 0 || framed.len() < size {
            return body;
        }
        body.extend_from_slice(&framed[..size]);
        framed = framed.get(size + 2..).unwrap_or(&[]);
    }
}

/// Writes an answer, as fast as the line is.
pub fn write(
    mut writer: impl Write,
    head: &Head,
    reply: &Reply,
    traffic: &Traffic,
) -> io::Result<()> {
    let mut text = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    for (name, value) in &reply.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if reply.status >= 200 && reply.status != 204 && reply.status != 304 {
        let _ = write!(text, "Content-Length: {}\r\n", reply.part.len());
    }
    text.push_str("\r\n");
    let body = if head.method == "HEAD" { &[] } else { &reply.bytes[reply.part.clone()] };
    let (first, rest) = body.split_at(body.len().min(PIECE));
    traffic.send(first.len());
    // Together, because a head alone would wake the client twice.
    let both = [IoSlice::new(text.as_bytes()), IoSlice::new(first)];
    let sent = writer.write_vectored(&both)?;
    writer.write_all(text.as_bytes().get(sent..).unwrap_or(&[]))?;
    writer.write_all(&first[sent.saturating_sub(text.len())..])?;
    for piece in rest.chunks(PIECE) {
        traffic.send(piece.len());
        writer.write_all(piece)?;
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        304 => "Not Modified",
        404 => "Not Found",
        412 => "Precondition Failed",
        416 => "Range Not Satisfiable",
        503 => "Slow Down",
        _ => "Bad Request",
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, Reply, read_body, read_head, write};
    use crate::traffic::Traffic;

    fn read(text: &str) -> Option<(Head, Vec<u8>)> {
        let (mut reader, traffic) = (text.as_bytes(), Traffic::default());
        let head = read_head(&mut reader).ok()??;
        let body = read_body(&mut reader, Vec::new(), &head, &traffic).ok()?;
        Some((head, body))
    }

    fn written(method: &str, reply: &Reply) -> String {
        let Some((head, _)) = read(&format!("{method} / HTTP/1.1\r\n\r\n")) else { unreachable!() };
        let mut sent = Vec::new();
        assert!(write(&mut sent, &head, reply, &Traffic::default()).is_ok());
        String::from_utf8_lossy(&sent).into_owned()
    }

    /// Catches keys that stay encoded, and headers that only one spelling finds.
    #[test]
    fn a_request_is_read_with_its_body() {
        let text = "PUT /b/a%20b?partNumber=2&x HTTP/1.1\r\nContent-LENGTH:  5\r\nIf-Match: \"t\"\r\n\r\nhello, more";
        let Some((head, body)) = read(text) else { unreachable!() };
        assert_eq!(
            (head.method.as_str(), head.path.as_str(), body.as_slice()),
            ("PUT", "b/a b", &b"hello"[..])
        );
        assert_eq!(
            (head.asked("partNumber"), head.asked("x"), head.asked("y")),
            (Some("2"), Some(""), None)
        );
        assert_eq!((head.header("if-match"), head.header("range")), (Some("\"t\""), None));
    }

    /// Catches signatures that become a part of the value.
    #[test]
    fn signed_pieces_are_joined() {
        let pieces =
            "3;chunk-signature=a\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        let head = format!(
            "PUT /b/k HTTP/1.1\r\nContent-Encoding: aws-chunked\r\nContent-Length: {}\r\n\r\n",
            pieces.len()
        );
        assert_eq!(read(&(head + pieces)).map(|it| it.1), Some(b"abcde".to_vec()));
    }

    /// Catches half a body that is stored, and an endless head.
    #[test]
    fn what_is_not_whole_is_no_request() {
        assert!(read("").is_none());
        assert!(read("GET / HTTP/1.0\r\n\r\n").is_none());
        assert!(read("PUT /b/k HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf").is_none());
        assert!(read("PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").is_none());
        assert!(read(&format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(201))).is_none());
    }

    /// Catches a body after the head of a `HEAD`, and a size that is not that of the part.
    #[test]
    fn an_answer_has_the_size_of_its_part() {
        let mut reply = Reply::new(206, "0123456789").with("ETag", "\"t\"");
        reply.part = 2..5;
        let head = "HTTP/1.1 206 Partial Content\r\nETag: \"t\"\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(written("GET", &reply), format!("{head}234"));
        assert_eq!(written("HEAD", &reply), head);
        assert_eq!(written("DELETE", &Reply::new(204, "")), "HTTP/1.1 204 No Content\r\n\r\n");
        let large = "x".repeat(200_000);
        assert!(written("GET", &Reply::new(200, large.as_str())).ends_with(&large));
    }
}
