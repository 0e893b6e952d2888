//! The samplers that `OTEL_TRACES_SAMPLER` can name.

use super::{Sampler, remote_arg};

/// A sampler that was named, and what of its argument cannot be used.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) sampler: Sampler,
    pub(crate) ignored: Vec<Ignored>,
}

/// Of an argument: a part that cannot be used, why, and what is used instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ignored {
    pub(crate) value: String,
    pub(crate) reason: String,
    pub(crate) instead: &'static str,
}

// === impl Named ===

impl Named {
    /// The sampler of this name, in any case, with the value of `OTEL_TRACES_SAMPLER_ARG`. An argument that cannot be read
    /// is as good as none.
    ///
    /// # Errors
    /// What to tell the user, if there is no such sampler.
    pub(crate) fn new(name: &str, argument: Option<&str>) -> Result<Named, String> {
        let plain = |sampler| Ok(Named { sampler, ignored: Vec::new() });
        match name.trim().to_ascii_lowercase().as_str() {
            "always_on" => plain(Sampler::always_on()),
            "always_off" => plain(Sampler::always_off()),
            "traceidratio" => Ok(Named::ratio(argument, Sampler::ratio_ignoring_parent)),
            "jaeger_remote" => Ok(Named::jaeger_remote(argument, Sampler::from)),
            "parentbased_always_on" => plain(Sampler::parent_based(Sampler::always_on())),
            "parentbased_always_off" => plain(Sampler::parent_based(Sampler::always_off())),
            "parentbased_traceidratio" => Ok(Named::ratio(argument, Sampler::ratio)),
            "parentbased_jaeger_remote" => Ok(Named::jaeger_remote(argument, Sampler::parent_based)),
            "xray" | "parentbased_xray" => Err("this sampler is not supported".to_owned()),
            _ => Err("there is no such sampler".to_owned()),
        }
    }

    fn ratio(argument: Option<&str>, make: fn(f64) -> Sampler) -> Named {
        let argument = argument.map(str::trim).filter(|argument| !argument.is_empty());
        let read = |text: &str| text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        let ratio = argument.and_then(read);
        let bad = argument.filter(|_| ratio.is_none());
        let ignored = bad.map(|bad| Ignored::new(bad, "it is not a number from 0 to 1", "1.0"));
        Named { sampler: make(ratio.unwrap_or(1.0)), ignored: ignored.into_iter().collect() }
    }

    fn jaeger_remote(argument: Option<&str>, make: fn(super::JaegerRemote) -> Sampler) -> Named {
        let (sampler, ignored) = remote_arg::read(argument);
        Named { sampler: make(sampler), ignored }
    }
}

// === impl Ignored ===

impl Ignored {
    pub(super) fn new(value: &str, reason: &str, instead: &'static str) -> Self {
        Ignored { value: value.to_owned(), reason: reason.to_owned(), instead }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, arg: Option<&str>) -> Result<String, String> {
        let named = Named::new(name, arg)?;
        assert_eq!(named.ignored, []);
        Ok(format!("{:?}", named.sampler))
    }

    #[test]
    fn every_name_of_the_specification_makes_its_sampler() {
        let remote =
            "JaegerRemote { url: \"http://j/s\", interval: 60s, initial: ratio_ignoring_parent(0.001) }";
        for (name, arg, expected) in [
            ("always_on", None, "always_on"),
            ("ALWAYS_OFF", Some("0.5"), "always_off"),
            ("traceidratio", Some("0.25"), "ratio_ignoring_parent(0.25)"),
            ("traceidratio", None, "ratio_ignoring_parent(1.0)"),
            ("traceidratio", Some(""), "ratio_ignoring_parent(1.0)"),
            ("ParentBased_Always_On", None, "parent_based(always_on)"),
            ("parentbased_always_off", None, "parent_based(always_off)"),
            ("parentbased_traceidratio", Some(" 0.1 "), "parent_based(ratio_ignoring_parent(0.1))"),
            ("Jaeger_Remote", Some("endpoint=http://j/s"), remote),
            ("parentbased_jaeger_remote", Some("endpoint=http://j/s"), &format!("parent_based({remote})")),
        ] {
            assert_eq!(named(name, arg).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn other_names_and_bad_ratios_are_told_in_plain_words() {
        for (name, expected) in [
            ("xray", "this sampler is not supported"),
            ("parentbased_xray", "this sampler is not supported"),
            ("sometimes", "there is no such sampler"),
        ] {
            assert_eq!(named(name, None), Err(expected.to_owned()));
        }
        for (name, arg) in [("traceidratio", "2"), ("traceidratio", "NaN"), ("parentbased_traceidratio", "x")]
        {
            let named = Named::new(name, Some(arg)).expect("a known name");
            assert_eq!(named.ignored, [Ignored::new(arg, "it is not a number from 0 to 1", "1.0")]);
            assert!(format!("{:?}", named.sampler).contains("ratio_ignoring_parent(1.0)"));
        }
    }
}
