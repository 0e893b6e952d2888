//! The samplers that `OTEL_TRACES_SAMPLER` can name.

use super::Sampler;

// === impl Sampler ===

impl Sampler {
    /// The sampler of this name, in any case, with the value of `OTEL_TRACES_SAMPLER_ARG`.
    ///
    /// # Errors
    /// What to tell the user, if the name is not known or its argument not a ratio.
    pub(crate) fn from_env_name(name: &str, arg: Option<&str>) -> Result<Sampler, String> {
        match name.trim().to_ascii_lowercase().as_str() {
            "always_on" => Ok(Self::always_on()),
            "always_off" => Ok(Self::always_off()),
            "traceidratio" => ratio_arg(arg).map(Self::ratio_ignoring_parent),
            "parentbased_always_on" => Ok(Self::parent_based(Self::always_on())),
            "parentbased_always_off" => Ok(Self::parent_based(Self::always_off())),
            "parentbased_traceidratio" => ratio_arg(arg).map(Self::ratio),
            "jaeger_remote" | "parentbased_jaeger_remote" => Err("this sampler is not built yet".to_owned()),
            "xray" | "parentbased_xray" => Err("this sampler is not supported".to_owned()),
            _ => Err("there is no such sampler".to_owned()),
        }
    }
}

fn ratio_arg(arg: Option<&str>) -> Result<f64, String> {
    let Some(arg) = arg.map(str::trim).filter(|arg| !arg.is_empty()) else { return Ok(1.0) };
    let ratio = arg.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "the argument is not a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, arg: Option<&str>) -> Result<String, String> {
        Sampler::from_env_name(name, arg).map(|sampler| format!("{sampler:?}"))
    }

    #[test]
    fn every_name_of_the_specification_makes_its_sampler() {
        for (name, arg, expected) in [
            ("always_on", None, "always_on"),
            ("ALWAYS_OFF", Some("0.5"), "always_off"),
            ("traceidratio", Some("0.25"), "ratio_ignoring_parent(0.25)"),
            ("traceidratio", None, "ratio_ignoring_parent(1.0)"),
            ("traceidratio", Some(""), "ratio_ignoring_parent(1.0)"),
            ("ParentBased_Always_On", None, "parent_based(always_on)"),
            ("parentbased_always_off", None, "parent_based(always_off)"),
            ("parentbased_traceidratio", Some(" 0.1 "), "parent_based(ratio_ignoring_parent(0.1))"),
        ] {
            assert_eq!(named(name, arg).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn other_names_and_bad_ratios_are_told_in_plain_words() {
        for (name, arg, expected) in [
            ("xray", None, "this sampler is not supported"),
            ("Jaeger_Remote", None, "this sampler is not built yet"),
            ("parentbased_jaeger_remote", None, "this sampler is not built yet"),
            ("sometimes", None, "there is no such sampler"),
            ("traceidratio", Some("2"), "the argument is not a number from 0 to 1"),
            ("traceidratio", Some("NaN"), "the argument is not a number from 0 to 1"),
            ("parentbased_traceidratio", Some("x"), "the argument is not a number from 0 to 1"),
        ] {
            assert_eq!(named(name, arg), Err(expected.to_owned()));
        }
    }
}
