//! Samplers that cannot be: refused where code says so, told where the environment does.

use crate::support::bare;
use throughline::{JaegerRemote, ParentBased, Sampler, SamplingRule};

#[test]
fn the_builder_says_what_is_wrong() {
    let off = Sampler::always_off;
    let cases: [(Sampler, &str); 10] = [
        (Sampler::ratio(1.5), "a sampler's ratio must be from 0 to 1, not 1.5"),
        (Sampler::ratio_ignoring_parent(f64::NAN), "a sampler's ratio must be from 0 to 1, not NaN"),
        (Sampler::rate_limited(-1.0), "a sampler's rate must be a number from 0 up, not -1"),
        (Sampler::rate_limited(f64::INFINITY), "a sampler's rate must be a number from 0 up, not inf"),
        (
            ParentBased::new(off()).remote_parent_sampled(Sampler::ratio_ignoring_parent(-0.5)).into(),
            "a sampler's ratio must be from 0 to 1, not -0.5",
        ),
        (Sampler::rules([SamplingRule::new(off()).route("")]), "rule 1: an empty pattern fits nothing"),
        (
            Sampler::rules([
                SamplingRule::new(off()).kind(throughline::wire::SpanKind::Server),
                SamplingRule::new(off()).name("a\\"),
            ]),
            "rule 2: the pattern \"a\\\\\" ends in \\",
        ),
        (
            Sampler::rules([SamplingRule::new(off()), SamplingRule::new(off()).name("a")]),
            "rule 1: it has no condition, so the rules after it never count",
        ),
        (Sampler::jaeger_remote("ftp://host/sampling"), "its URL: the scheme must be http or https, not ftp"),
        (
            JaegerRemote::new("http://host").initial(Sampler::ratio(2.0)).into(),
            "a sampler's ratio must be from 0 to 1, not 2",
        ),
    ];
    for (sampler, told) in cases {
        let error = bare().sampler(sampler).build().expect_err(told);
        assert!(error.is_config() && error.to_string().contains(told), "{error}\nshould say {told}");
    }
}

#[test]
fn a_secret_in_the_url_is_not_shown() {
    let error = bare()
        .sampler(Sampler::jaeger_remote("ftp://user:hunter2@host/s?key=hunter2"))
        .build()
        .expect_err("no");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}
