//! Objects in memory over HTTP and as much of S3 as clients of arrays use, with latency.
//!
//! The first line of the output says where it listens. Then each line of the input is a command,
//! and is answered by a line. It ends with its input, so it never outlives the benchmark.
#![forbid(unsafe_code)]

mod control;
mod http;
mod objects;
mod query;
mod ranges;
mod s3;
mod traffic;

use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use socket2::{Domain, Socket, Type};

use objects::Objects;
use traffic::Traffic;

/// Connections that wait to be accepted. A full queue makes a client try again after a second.
const BACKLOG: i32 = 4096;

/// A thread for each connection needs little.
const STACK: usize = 256 << 10;

fn main() -> io::Result<()> {
    let listener = listen()?;
    println!("listening {}", listener.local_addr()?);
    io::stdout().flush()?;
    let (objects, traffic) = (Arc::new(Objects::default()), Arc::new(Traffic::default()));
    let watched = Arc::clone(&traffic);
    thread::spawn(move || accept(&listener, &objects, &traffic));
    control::obey(io::stdin().lock(), io::stdout().lock(), &watched)
}

fn listen() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn accept(listener: &TcpListener, objects: &Arc<Objects>, traffic: &Arc<Traffic>) {
    for stream in listener.incoming().flatten() {
        let (objects, traffic) = (Arc::clone(objects), Arc::clone(traffic));
        // Without a thread the connection is closed, as by a server that has no more.
        let _ = thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || serve(&stream, &objects, &traffic));
    }
}

/// Answers one request after the other, until the client goes away.
fn serve(stream: &TcpStream, objects: &Objects, traffic: &Traffic) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 << 10, stream);
    while let Some(head) = http::read_head(&mut reader)? {
        let in_flight = traffic.begin(s3::kind(&head));
        let body = http::read_body(&mut reader, stream, &head, traffic)?;
        traffic.wait();
        let reply =
            if traffic.is_to_fail() { s3::slow_down() } else { s3::answer(objects, &head, body) };
        http::write(stream, &head, &reply, traffic)?;
        drop(in_flight);
        if head.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            break;
        }
    }
    Ok(())
}
