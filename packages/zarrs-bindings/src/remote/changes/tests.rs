//! What ends a write, and what it does not receive.

use super::{
    Changes, Client, Duration, Error, Failure, Get, Put, Request, SIGNAL_INTERVAL, runtime,
};
use crate::remote::builders::{Kind, Settings};
use crate::remote::client::Remote;
use crate::remote::put::Condition;
use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;

const LONG: Duration = Duration::from_mins(10);

/// A change that the server does not answer.
fn unanswered() -> (Changes, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|e| unreachable!("{e}"));
    let port = listener.local_addr().map_or(0, |address| address.port());
    let mut settings = Settings::new(Kind::Http);
    settings.url = Some(format!("http://127.0.0.1:{port}/"));
    settings.client = Some(vec![("allow_http".into(), "true".into())]);
    let remote = Remote::new(settings).unwrap_or_else(|error| unreachable!("{error}"));
    let client = remote.client().unwrap_or_else(|error| unreachable!("{error}"));
    let changes = Changes::new(&client).unwrap_or_else(|error| unreachable!("{error}"));
    let (key, value, condition) = ("a".into(), Bytes::new(), Condition::Nothing);
    let put = Put { key, value, condition, budget: 1 };
    assert!(changes.asks.send(vec![0], Request::Put(put, 0)).is_ok());
    let (connection, _) = listener.accept().unwrap_or_else(|error| unreachable!("{error}"));
    (changes, connection)
}

/// Catches a call that never ends, one that does not wait, and keys that are not named.
#[test]
fn an_end_waits_as_long_as_it_may() {
    let ((changes, _connection), patience) = (unanswered(), Duration::from_millis(300));
    let start = Instant::now();
    let (keys, error) = changes.finish(patience, || Ok(()));
    assert!(start.elapsed() >= patience && error.is_none());
    assert!(keys.iter().eq(["a"]));
    assert!(!changes.is_busy(LONG));
    let (changes, _connection) = unanswered();
    let (keys, error) = changes.finish(LONG, || Err(Error::Internal("again".into())));
    assert!(keys.iter().eq(["a"]) && error.is_some());
    assert!(changes.asks.send(Vec::new(), Request::Delete(Vec::new())).is_err());
}

/// Catches a large value that is received although nothing may be stored instead of it.
#[test]
fn a_value_that_cannot_be_replaced_is_not_received() {
    let store = InMemory::new();
    let Ok(runtime) = runtime() else { unreachable!("no runtime") };
    assert!(runtime.block_on(store.put(&"a".into(), vec![0; 10].into())).is_ok());
    let client = Client::of(Arc::new(store));
    let changes = Changes::new(&client).unwrap_or_else(|error| unreachable!("{error}"));
    for (most, is_received) in [(9, false), (10, true)] {
        let get = Get::new("a".into(), None, 20, 0);
        assert!(changes.asks.send(vec![0], Request::Get(get, most)).is_ok());
        let reply = loop {
            let replied = changes
                .receive(Some(SIGNAL_INTERVAL))
                .unwrap_or_else(|error| unreachable!("{error}"));
            if let Some(replied) = replied.into_iter().next() {
                break replied.reply;
            }
        };
        match reply {
            Ok(_) => assert!(is_received),
            Err((_, _, failure)) => {
                assert!(matches!(
                    failure,
                    Failure::TooLong { bytes: 10, most: 9, is_stored: true }
                ));
                assert!(!is_received);
            }
        }
    }
}
