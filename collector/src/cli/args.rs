//! `Args`: the command line, read option by option.
//!
//! ```text
//! line   = command *( option | word )
//! option = "--" name [ "=" value | value ]    ; a value, unless it is a switch
//! ```

use super::fault::Fault;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// What follows the command.
#[derive(Debug)]
pub(super) struct Args {
    words: Vec<String>,
    options: Vec<(String, String)>,
    switches: Vec<String>,
}

// === impl Args ===

impl Args {
    /// Reads what follows the command, which knows these options with a value, switches, and number of words.
    pub(super) fn read(
        text: &[String],
        options: &[&str],
        switches: &[&str],
        max_words: usize,
    ) -> Result<Self, Fault> {
        let mut args = Args { words: Vec::new(), options: Vec::new(), switches: Vec::new() };
        let mut rest = text.iter();
        while let Some(word) = rest.next() {
            let Some(option) = word.strip_prefix("--") else {
                args.word(word, max_words)?;
                continue;
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, None),
            };
            args.refuse_twice(name)?;
            if switches.contains(&name) && value.is_none() {
                args.switches.push(name.to_owned());
            } else if options.contains(&name) {
                let value = value.or_else(|| rest.next().cloned());
                let value = value.ok_or_else(|| Fault::usage(format!("--{name} needs a value")))?;
                args.options.push((name.to_owned(), value));
            } else if switches.contains(&name) {
                return Err(Fault::usage(format!("--{name} takes no value")));
            } else {
                return Err(Fault::usage(format!("unknown option --{name}")));
            }
        }
        Ok(args)
    }

    /// The word at this place.
    pub(super) fn at(&self, place: usize) -> Option<&str> {
        self.words.get(place).map(String::as_str)
    }

    /// The value of an option.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn switch(&self, name: &str) -> bool {
        self.switches.iter().any(|known| known == name)
    }

    /// The address of an option: `IP:PORT`, `localhost:PORT`, `PORT` or `none`.
    pub(super) fn addr(&self, name: &str, default: SocketAddr) -> Result<Option<SocketAddr>, Fault> {
        match self.option(name) {
            None => Ok(Some(default)),
            Some("none") => Ok(None),
            Some(text) => read_addr(text).map(Some).ok_or_else(|| {
                Fault::usage(format!(
                    "--{name} {text}: an address such as 127.0.0.1:4318, a port, or none is expected"
                ))
            }),
        }
    }

    fn word(&mut self, word: &str, max_words: usize) -> Result<(), Fault> {
        if word.starts_with('-') {
            return Err(Fault::usage(format!("unknown option {word}")));
        }
        if self.words.len() == max_words {
            return Err(Fault::usage(format!("{word:?} is one word too many")));
        }
        self.words.push(word.to_owned());
        Ok(())
    }

    fn refuse_twice(&self, name: &str) -> Result<(), Fault> {
        if self.option(name).is_some() || self.switch(name) {
            return Err(Fault::usage(format!("--{name} is given twice")));
        }
        Ok(())
    }
}

fn read_addr(text: &str) -> Option<SocketAddr> {
    if let Ok(port) = text.parse::<u16>() {
        return Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    if let Some(port) = text.strip_prefix("localhost:") {
        // Some systems put IPv6 first, which SDKs that default to 127.0.0.1 would not find.
        let mut found = ("localhost", port.parse().ok()?).to_socket_addrs().ok()?;
        return found.find(SocketAddr::is_ipv4);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[&str]) -> Result<Args, Fault> {
        let text: Vec<String> = text.iter().map(|word| (*word).to_owned()).collect();
        Args::read(&text, &["http", "limit"], &["memory"], 1)
    }

    #[test]
    fn options_words_and_switches_are_told_apart() {
        let args = read(&["--http", "none", "abc", "--memory", "--limit=5"]).expect("a good line");
        assert_eq!((args.at(0), args.option("limit"), args.switch("memory")), (Some("abc"), Some("5"), true));
        assert_eq!(args.addr("http", SocketAddr::from(([127, 0, 0, 1], 1))), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            (&["--nope"][..], "--nope"),
            (&["-x"], "-x"),
            (&["--http"], "--http"),
            (&["--memory=1"], "--memory"),
            (&["--memory", "--memory"], "twice"),
            (&["a", "b"], "\"b\""),
        ] {
            match read(line) {
                Err(Fault::Usage(message)) => assert!(message.contains(named), "{message}"),
                other => panic!("{line:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn addresses_are_read_in_every_form() {
        let addr = |text| read_addr(text).map(|addr| addr.to_string());
        assert_eq!(addr("127.0.0.1:0").as_deref(), Some("127.0.0.1:0"));
        assert_eq!(addr("[::1]:4318").as_deref(), Some("[::1]:4318"));
        assert_eq!(addr("4318").as_deref(), Some("127.0.0.1:4318"));
        assert_eq!(addr("localhost:80").as_deref(), Some("127.0.0.1:80"));
        assert_eq!(addr("nonsense"), None);
        assert_eq!(addr("127.0.0.1"), None);
    }
}
