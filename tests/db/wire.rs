//! `Postgres`: a connection that speaks PostgreSQL's protocol, version 3, as much of it as simple queries need.

use crate::server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Longer than the server takes to start, on a machine that is busy.
const BOUND: Duration = Duration::from_secs(60);
/// It listens before it is ready.
const STARTING: &str = "57P03";

pub(crate) struct Postgres(TcpStream);

/// What it refused, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
}

pub(crate) type Row = Vec<Option<String>>;

// === impl Postgres ===

impl Postgres {
    pub(crate) fn connect(server: &Server) -> Postgres {
        let begun = Instant::now();
        loop {
            let mut postgres =
                Postgres(TcpStream::connect(server.address("postgresql")).expect("it listens"));
            postgres.0.set_read_timeout(Some(BOUND)).expect("a time-out");
            let mut hello = 196_608_i32.to_be_bytes().to_vec();
            hello.extend(b"user\0postgres\0database\0postgres\0client_encoding\0UTF8\0\0");
            postgres.send(None, &hello);
            match postgres.rows() {
                Ok(_) => return postgres,
                Err(refused) if refused.code == STARTING && begun.elapsed() < BOUND => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(refused) => panic!("{refused:?}"),
            }
        }
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&mut self, query: &str) -> Result<Vec<Row>, Refused> {
        self.send(Some(b'Q'), &[query.as_bytes(), b"\0"].concat());
        self.rows()
    }

    fn send(&mut self, kind: Option<u8>, body: &[u8]) {
        let length = i32::try_from(body.len() + 4).expect("a query is no longer");
        let message: Vec<_> =
            kind.into_iter().chain(length.to_be_bytes()).chain(body.iter().copied()).collect();
        self.0.write_all(&message).expect("it reads");
    }

    /// All up to where it is ready for more; a refusal at the start ends the connection.
    fn rows(&mut self) -> Result<Vec<Row>, Refused> {
        let (mut rows, mut refused) = (Vec::new(), None);
        loop {
            let mut head = [0; 5];
            if self.0.read_exact(&mut head).is_err() {
                return Err(refused.expect("a connection ends with a reason"));
            }
            let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize - 4;
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).expect("the whole message");
            match head[0] {
                b'D' => rows.push(row(&body)),
                b'E' => refused = Some(Refused::read(&body)),
                b'R' => assert_eq!(body, [0; 4], "no password is asked for"),
                b'Z' => return refused.map_or(Ok(rows), Err),
                _ => {}
            }
        }
    }
}

// === impl Refused ===

impl Refused {
    fn read(body: &[u8]) -> Refused {
        let text = String::from_utf8_lossy(body);
        let field =
            |kind: char| text.split('\0').find_map(|field| field.strip_prefix(kind)).unwrap_or_default();
        Refused { code: field('C').to_owned(), message: field('M').to_owned() }
    }
}

fn row(mut body: &[u8]) -> Row {
    let count = u16::from_be_bytes([body[0], body[1]]);
    body = &body[2..];
    let mut value = || {
        let (length, rest) = body.split_at(4);
        body = rest;
        let length = usize::try_from(i32::from_be_bytes(length.try_into().expect("four bytes"))).ok()?;
        let (text, rest) = body.split_at(length);
        body = rest;
        Some(String::from_utf8(text.to_vec()).expect("UTF-8, as asked for"))
    };
    (0..count).map(|_| value()).collect()
}
