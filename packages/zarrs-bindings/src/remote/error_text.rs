//! What the text of an error of the client tells: the answer of a server, without secrets.

use object_store::Error as StoreError;

use crate::remote::failure::chain;

/// The status of the server's answer and its code, or else the innermost cause and the server.
pub(super) fn reason(error: &StoreError) -> String {
    let text = error.to_string();
    let answer = text.split_once(" - Server returned ").map_or("", |(_, answer)| answer);
    if answer.starts_with("error response: ") {
        return format!("the server answers 200 OK, with an error{}", code(&text));
    }
    if let Some(status) = status(&text) {
        return format!("the server answers {status}{}", code(&text));
    }
    if let Some(code) = undeleted(&text) {
        return format!("the server does not delete it ({code})");
    }
    let cause = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let cause = without_secrets(&cause);
    server(&text).map_or_else(|| cause.clone(), |server| format!("{cause}, at {server}"))
}

/// The code of an error in an answer, in parentheses.
fn code(text: &str) -> String {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| code).filter(|code| is_code(code));
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

/// Scheme, host and port of the request that an error tells of.
fn server(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Error performing ")?;
    let url = rest.split(' ').nth(1)?;
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    Some(format!("{scheme}://{host}"))
}

/// The code that a server gave for one of several keys that it was to delete.
pub(super) fn undeleted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("DeleteObjects request failed for key ")?;
    let (code, _) = rest.rsplit_once("(code: ")?.1.split_once(')')?;
    is_code(code).then_some(code)
}

/// Whether this is a word for a kind of error, and nothing else that a server sends.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The status in the text of an error, such as `403 Forbidden`.
pub(super) fn status(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("status code: ")?;
    Some(rest.split_once(": ").map_or(rest, |(status, _)| status))
}

/// URLs without their queries and users, which may hold credentials.
pub(crate) fn without_secrets(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let Some((scheme, rest)) = word.split_once("://") else {
            return word.to_owned();
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = rest.split_once('/').map_or((rest, None), |(h, p)| (h, Some(p)));
        let host = host.rsplit('@').next().unwrap_or_default();
        path.map_or_else(
            || format!("{scheme}://{host}"),
            |path| format!("{scheme}://{host}/{path}"),
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{server, status, without_secrets};

    /// Catches credentials of a URL in a message.
    #[test]
    fn a_message_holds_no_query_and_no_user_of_a_url() {
        let text = "sending to (https://me:pass@host:9/a/b?sig=SECRET&x=1) failed: no route";
        let clean = without_secrets(text);
        assert!(!clean.contains("SECRET") && !clean.contains("pass"), "{clean}");
        assert!(clean.contains("host:9/a/b") && clean.ends_with("failed: no route"), "{clean}");
        assert_eq!(without_secrets("no URL here"), "no URL here");
    }

    /// Catches an error that does not tell which of several endpoints fails, and its secrets.
    #[test]
    fn the_server_of_a_request_is_found() {
        let text =
            "Generic S3 error: Error performing GET https://me:pw@host:9/b/c?sig=SECRET in 3ms";
        assert_eq!(server(text).as_deref(), Some("https://host:9"));
        assert_eq!(server("Error performing GET REDACTED in 3ms"), None);
        assert_eq!(server("operation timed out"), None);
    }

    #[test]
    fn the_status_of_an_answer_is_found() {
        let text = "Error - Server returned non-2xx status code: 403 Forbidden: <Code>A</Code>";
        assert_eq!(status(text), Some("403 Forbidden"));
        assert_eq!(status("timed out"), None);
    }
}
