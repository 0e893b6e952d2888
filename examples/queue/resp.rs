//! `Redis`: a connection that speaks Redis' protocol, as much of it as streams need.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

/// No text is longer, no list has more items.
const BOUND: usize = 1 << 20;

/// What is said: a command is a list of texts, too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Text(String),
    Number(i64),
    List(Vec<Said>),
    Nothing,
    Error(String),
}

/// A connection to Redis, or to what speaks like it.
pub(crate) struct Redis(BufReader<TcpStream>);

/// A message of a stream: its id, and its fields.
pub(crate) type Message = (String, HashMap<String, String>);

// === impl Redis ===

impl Redis {
    pub(crate) fn connect(address: impl ToSocketAddrs) -> io::Result<Redis> {
        TcpStream::connect(address).map(Redis::over)
    }

    pub(crate) fn over(connection: TcpStream) -> Redis {
        Redis(BufReader::new(connection))
    }

    /// Sends a command and waits for its answer; an error that is answered is one.
    pub(crate) fn call(&mut self, command: &[&str]) -> io::Result<Said> {
        self.say(&Said::List(command.iter().map(|word| Said::Text((*word).to_owned())).collect()))?;
        match self.hear()? {
            Said::Error(error) => Err(io::Error::other(error)),
            said => Ok(said),
        }
    }

    /// Appends a message to a stream; its id.
    pub(crate) fn add(&mut self, stream: &str, fields: &HashMap<String, String>) -> io::Result<String> {
        let fields = fields.iter().flat_map(|(key, value)| [key.as_str(), value]);
        match self.call(&["XADD", stream, "*"].into_iter().chain(fields).collect::<Vec<_>>())? {
            Said::Text(id) => Ok(id),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits for messages that nobody else in the group was given.
    pub(crate) fn read(
        &mut self,
        stream: &str,
        group: &str,
        who: &str,
        count: usize,
    ) -> io::Result<Vec<Message>> {
        let count = count.to_string();
        let command =
            ["XREADGROUP", "GROUP", group, who, "COUNT", &count, "BLOCK", "0", "STREAMS", stream, ">"];
        let said = self.call(&command)?;
        messages(&said).ok_or_else(|| unexpected(&said))
    }

    pub(crate) fn say(&mut self, said: &Said) -> io::Result<()> {
        let mut bytes = Vec::new();
        put(&mut bytes, said);
        self.0.get_mut().write_all(&bytes)
    }

    pub(crate) fn hear(&mut self) -> io::Result<Said> {
        let mut line = String::new();
        (&mut self.0).take(BOUND as u64).read_line(&mut line)?;
        let line = line.strip_suffix("\r\n").ok_or(ErrorKind::UnexpectedEof)?;
        let (kind, rest) = line.split_at_checked(1).ok_or(ErrorKind::InvalidData)?;
        let number = || rest.parse::<i64>().map_err(|error| io::Error::new(ErrorKind::InvalidData, error));
        let length = || number().map(|number| usize::try_from(number).ok().filter(|length| *length <= BOUND));
        Ok(match kind {
            "+" => Said::Text(rest.to_owned()),
            "-" => Said::Error(rest.to_owned()),
            ":" => Said::Number(number()?),
            "$" => match length()? {
                Some(length) => {
                    let mut text = vec![0; length + 2];
                    self.0.read_exact(&mut text)?;
                    text.truncate(length);
                    Said::Text(String::from_utf8_lossy(&text).into_owned())
                }
                None => Said::Nothing,
            },
            "*" => match length()? {
                Some(length) => Said::List((0..length).map(|_| self.hear()).collect::<io::Result<_>>()?),
                None => Said::Nothing,
            },
            _ => return Err(ErrorKind::InvalidData.into()),
        })
    }
}

fn put(bytes: &mut Vec<u8>, said: &Said) {
    match said {
        Said::Text(text) => bytes.extend(format!("${}\r\n{text}\r\n", text.len()).as_bytes()),
        Said::Number(number) => bytes.extend(format!(":{number}\r\n").as_bytes()),
        Said::Nothing => bytes.extend(b"*-1\r\n"),
        Said::Error(error) => bytes.extend(format!("-{error}\r\n").as_bytes()),
        Said::List(items) => {
            bytes.extend(format!("*{}\r\n", items.len()).as_bytes());
            items.iter().for_each(|item| put(bytes, item));
        }
    }
}

/// The messages in `[[stream, [[id, [key, value, ...]], ...]]]`.
fn messages(said: &Said) -> Option<Vec<Message>> {
    let Said::List(streams) = said else { return None };
    let [Said::List(stream)] = &streams[..] else { return None };
    let [_, Said::List(messages)] = &stream[..] else { return None };
    let message = |said: &Said| {
        let Said::List(parts) = said else { return None };
        let [Said::Text(id), Said::List(fields)] = &parts[..] else { return None };
        let field = |pair: &[Said]| match pair {
            [Said::Text(key), Said::Text(value)] => Some((key.clone(), value.clone())),
            _ => None,
        };
        Some((id.clone(), fields.chunks(2).map(field).collect::<Option<_>>()?))
    };
    messages.iter().map(message).collect()
}

fn unexpected(said: &Said) -> io::Error {
    io::Error::other(format!("not what was asked for: {said:?}"))
}
