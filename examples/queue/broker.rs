//! `Broker`: a queue within this process that speaks as much of Redis' streams as the example needs.

use crate::resp::{Redis, Said};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// One stream, with one group of consumers.
#[derive(Default)]
struct Stream {
    /// Every message as `[id, [key, value, ...]]`.
    messages: Vec<Said>,
    /// How many of them were given to a consumer.
    given: usize,
}

/// A stream that many connections share.
#[derive(Clone, Default)]
pub(crate) struct Broker(Arc<(Mutex<Stream>, Condvar)>);

// === impl Broker ===

impl Broker {
    /// Serves until the process ends; where.
    pub(crate) fn start() -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, broker) = (listener.local_addr()?, Broker::default());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let broker = broker.clone();
                // It ends with an error when the client goes.
                thread::spawn(move || broker.serve(Redis::over(connection)));
            }
        });
        Ok(address)
    }

    fn serve(&self, mut client: Redis) -> io::Result<()> {
        loop {
            let answer = match client.hear()? {
                Said::List(command) => self.answer(&command),
                _ => Said::Error("ERR a command is a list".to_owned()),
            };
            client.say(&answer)?;
        }
    }

    fn answer(&self, command: &[Said]) -> Said {
        let words: Option<Vec<_>> = command
            .iter()
            .map(|word| if let Said::Text(word) = word { Some(word.as_str()) } else { None })
            .collect();
        match words.as_deref() {
            Some(["XGROUP", "CREATE", ..]) => Said::Text("OK".to_owned()),
            Some(["XADD", _, "*", fields @ ..]) => self.add(fields),
            Some(["XREADGROUP", "GROUP", _, _, "COUNT", count, "BLOCK", "0", "STREAMS", stream, ">"]) => {
                self.read(stream, count.parse().unwrap_or(1))
            }
            Some(["XACK", _, _, _]) => Said::Number(1),
            Some(["DEL", _]) => Said::Number(1),
            _ => Said::Error("ERR unknown command".to_owned()),
        }
    }

    fn add(&self, fields: &[&str]) -> Said {
        let (stream, added) = &*self.0;
        let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
        let id = Said::Text(format!("{}-0", stream.messages.len() + 1));
        let fields = fields.iter().map(|field| Said::Text((*field).to_owned())).collect();
        stream.messages.push(Said::List(vec![id.clone(), Said::List(fields)]));
        added.notify_all();
        id
    }

    /// Waits until there is a message that nobody was given.
    fn read(&self, name: &str, count: usize) -> Said {
        let (stream, added) = &*self.0;
        let stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
        let nothing = |stream: &mut Stream| stream.given == stream.messages.len();
        let mut stream = added.wait_while(stream, nothing).unwrap_or_else(PoisonError::into_inner);
        let (from, to) = (stream.given, stream.messages.len().min(stream.given + count));
        stream.given = to;
        let messages = Said::List(stream.messages[from..to].to_vec());
        Said::List(vec![Said::List(vec![Said::Text(name.to_owned()), messages])])
    }
}
