//! Answers of success that cannot be right. The client of `object_store` takes any document for a
//! list without keys, and any part for a whole value.

use object_store::client::{HttpError, HttpErrorKind, HttpRequest, HttpResponse};
use reqwest::header::RANGE;
use reqwest::{Method, StatusCode};

/// The documents that S3 and Google Cloud Storage, and Azure, answer with.
const LISTS: [&[u8]; 2] = [b"ListBucketResult", b"EnumerationResults"];

/// The code of a server that is to be asked less.
const BUSY: &[u8] = b"SlowDown";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    List,
    Whole,
    /// Several changes, or the end of an upload. The body of the answer says whether they were made.
    Several,
    /// A part of a value, or a change.
    Other,
}

impl Asked {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let is_list = |part| part == "list-type=2" || part == "comp=list";
        if *request.method() == Method::POST {
            Self::Several
        } else if *request.method() != Method::GET || request.headers().contains_key(RANGE) {
            Self::Other
        } else if query.split('&').any(is_list) {
            Self::List
        } else {
            Self::Whole
        }
    }

    /// The answer, unless it is no list, or a part of what was requested whole. An error that comes
    /// with the status 200 gets that of a busy server, so that the request is sent again. Returns the
    /// status that the answer stands for, too.
    pub(super) async fn checked(
        self,
        answer: HttpResponse,
    ) -> Result<(HttpResponse, StatusCode), HttpError> {
        let status = answer.status();
        if self == Self::Whole && status == StatusCode::PARTIAL_CONTENT {
            return Err(wrong("the server sends a part of the value, which was requested whole"));
        }
        if matches!(self, Self::Whole | Self::Other) || status != StatusCode::OK {
            return Ok((answer, status));
        }
        let (mut head, body) = answer.into_parts();
        // A list is requested again as a whole, by whom it was requested.
        let body = body.bytes().await;
        let body = body.map_err(|error| HttpError::new(HttpErrorKind::Decode, error))?;
        if self == Self::Several {
            let is_busy = body.windows(BUSY.len()).any(|part| part == BUSY);
            let status = if is_busy { StatusCode::SERVICE_UNAVAILABLE } else { status };
            // The client itself looks for this word, and sends the request again.
            return Ok((HttpResponse::from_parts(head, body.into()), status));
        }
        let root = root(&body);
        if root == b"Error" {
            head.status = StatusCode::SERVICE_UNAVAILABLE;
        } else if !LISTS.contains(&root) {
            return Err(wrong("the server sends no list"));
        }
        let status = head.status;
        Ok((HttpResponse::from_parts(head, body.into()), status))
    }
}

fn wrong(reason: &'static str) -> HttpError {
    HttpError::new_boxed(HttpErrorKind::Unknown, reason.into())
}

/// The name of the outermost element of a document; empty if there is none.
fn root(document: &[u8]) -> &[u8] {
    let mut rest = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = if rest.starts_with(b"<?") {
            b"?>"
        } else if rest.starts_with(b"<!--") {
            b"-->"
        } else {
            break;
        };
        let Some(at) = rest.windows(end.len()).position(|found| found == end) else { return b"" };
        rest = &rest[at + end.len()..];
    }
    let Some(name) = rest.strip_prefix(b"<") else { return b"" };
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name = &name[..name.iter().position(is_end).unwrap_or(name.len())];
    name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Asked, HttpResponse, StatusCode, root};
    use crate::remote::runtime::runtime;
    use bytes::Bytes;

    /// Catches a busy server whose answer with the status 200 teaches nothing, or is changed.
    #[test]
    fn a_success_may_stand_for_a_refusal() {
        let Ok(runtime) = runtime() else { unreachable!("no runtime") };
        let (ok, busy) = (StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE);
        let list = "<ListBucketResult><Key>SlowDown</Key></ListBucketResult>";
        for (asked, body, answered, taught) in [
            (Asked::Several, "<Error><Code>SlowDown</Code></Error>", ok, busy),
            (Asked::Several, "<DeleteResult></DeleteResult>", ok, ok),
            (Asked::List, "<Error><Code>SlowDown</Code></Error>", busy, busy),
            (Asked::List, list, ok, ok),
            (Asked::Whole, "SlowDown", ok, ok),
        ] {
            let answer = HttpResponse::new(Bytes::from_static(body.as_bytes()).into());
            let Ok((answer, status)) = runtime.block_on(asked.checked(answer)) else {
                unreachable!("{body} is taken for a failure")
            };
            assert_eq!((answer.status(), status), (answered, taught), "{asked:?} {body}");
            let left = runtime.block_on(answer.into_body().bytes());
            assert!(left.is_ok_and(|left| left == body.as_bytes()));
        }
    }

    /// Catches an error, or a page of a proxy, that is taken for an empty list.
    #[test]
    fn the_outermost_element_is_found() {
        for (document, name) in [
            ("<Error><Code>SlowDown</Code></Error>", "Error"),
            ("\u{FEFF}<?xml version='1.0'?>\n<!-- <a> -->\r\n<Error/>", "Error"),
            ("<s3:ListBucketResult xmlns:s3='u'>", "ListBucketResult"),
            ("<!DOCTYPE html><html>", "!DOCTYPE"),
            ("<EnumerationResults\tServiceEndpoint=''>", "EnumerationResults"),
            ("<", ""),
            ("<?xml", ""),
            ("{}", ""),
            ("", ""),
        ] {
            assert_eq!(root(document.as_bytes()), name.as_bytes(), "{document}");
        }
    }
}
