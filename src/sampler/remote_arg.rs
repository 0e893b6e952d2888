//! `OTEL_TRACES_SAMPLER_ARG` of `jaeger_remote` (OpenTelemetry, "General SDK Configuration").
//!
//! ```text
//! argument = [ pair *( "," pair ) ]
//! pair     = "endpoint=" URL / "pollingIntervalMs=" integer / "initialSamplingRate=" number from 0 to 1
//! ```
//!
//! Blanks around pairs do not count, nor does the case of the names.

use super::Sampler;
use super::named::Ignored;
use super::remote::{DEFAULT_URL, JaegerRemote};
use crate::export::without_secrets;
use std::time::Duration;

/// The sampler that an argument asks for, and what of it cannot be used.
pub(super) fn read(argument: Option<&str>) -> (JaegerRemote, Vec<Ignored>) {
    let (mut sampler, mut ignored) = (JaegerRemote::new(DEFAULT_URL), Vec::new());
    let pairs = argument.unwrap_or_default().split(',').map(str::trim).filter(|pair| !pair.is_empty());
    // The URL first: it makes the sampler.
    let (urls, others): (Vec<_>, Vec<_>) =
        pairs.map(|pair| (pair, pair.split_once('='))).partition(|(_, split)| is(*split, "endpoint"));
    for (pair, split) in urls {
        let url = split.map_or("", |(_, value)| value.trim());
        let named = JaegerRemote::new(url);
        match named.validate() {
            Ok(()) => sampler = named,
            Err(reason) => ignored.push(Ignored::new(&without_secrets(pair), &reason, DEFAULT_URL)),
        }
    }
    for (pair, split) in others {
        let value = split.map_or("", |(_, value)| value.trim());
        if is(split, "pollingIntervalMs") {
            match value.parse().ok().filter(|millis| *millis > 0) {
                Some(millis) => sampler = sampler.interval(Duration::from_millis(millis)),
                None => {
                    ignored.push(Ignored::new(pair, "it is not a positive number of milliseconds", "60000"))
                }
            }
        } else if is(split, "initialSamplingRate") {
            match value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)) {
                Some(rate) => sampler = sampler.initial(Sampler::ratio_ignoring_parent(rate)),
                None => ignored.push(Ignored::new(pair, "it is not a number from 0 to 1", "0.001")),
            }
        } else {
            let reason = "it is none of endpoint=URL, pollingIntervalMs=NUMBER, initialSamplingRate=NUMBER";
            ignored.push(Ignored::new(&without_secrets(pair), reason, "the rest"));
        }
    }
    (sampler, ignored)
}

fn is(split: Option<(&str, &str)>, name: &str) -> bool {
    split.is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as_text(argument: &str) -> (String, Vec<String>) {
        let (sampler, ignored) = read(Some(argument));
        (
            format!("{sampler:?}"),
            ignored.into_iter().map(|it| format!("{}: {}", it.value, it.reason)).collect(),
        )
    }

    fn made(url: &str, interval: &str, initial: &str) -> String {
        format!(
            "JaegerRemote {{ url: {url:?}, interval: {interval}, initial: ratio_ignoring_parent({initial}) }}"
        )
    }

    #[test]
    fn every_part_of_the_grammar_counts_in_any_order() {
        let whole = made("http://j:14268/api/sampling", "5s", "0.25");
        for argument in [
            "endpoint=http://j:14268/api/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25",
            " initialSamplingRate = 0.25 , pollingintervalms=5000, ,Endpoint= http://j:14268/api/sampling",
        ] {
            assert_eq!(read_as_text(argument), (whole.clone(), vec![]), "{argument}");
        }
        assert_eq!(read_as_text(""), (made(DEFAULT_URL, "60s", "0.001"), vec![]));
        assert_eq!(read(None).1.len(), 0);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_counts() {
        let argument =
            "endpoint=nowhere,pollingIntervalMs=5s,initialSamplingRate=2,timeout=1,x,pollingIntervalMs=0";
        let (sampler, told) = read_as_text(argument);
        assert_eq!(sampler, made(DEFAULT_URL, "60s", "0.001"));
        let starts: Vec<_> = told.iter().map(|told| told.split(": ").next().unwrap_or_default()).collect();
        assert_eq!(
            starts,
            [
                "endpoint=nowhere",
                "pollingIntervalMs=5s",
                "initialSamplingRate=2",
                "timeout=1",
                "x",
                "pollingIntervalMs=0"
            ]
        );
        let (sampler, told) =
            read_as_text("pollingIntervalMs=NaN,endpoint=http://a:b@c:1,initialSamplingRate=NaN");
        assert_eq!(sampler, made("http://c:1", "60s", "0.001"));
        assert_eq!(told.len(), 2);
        let (_, told) = read_as_text("endpoint=ftp://user:secret@host/x");
        assert!(!told[0].contains("secret"), "{told:?}");
    }
}
