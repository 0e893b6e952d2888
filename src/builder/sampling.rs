//! The sampler that code or the environment names.

use super::builder::Builder;
use crate::env::Env;
use crate::error::Error;
use crate::sampler::{Named, Sampler};

const NAME: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
const DEFAULT: &str = "parentbased_always_on";

pub(super) fn sampler(builder: &mut Builder, env: &mut Env) -> Result<Sampler, Error> {
    if let Some(sampler) = builder.sampler.take() {
        return sampler.checked();
    }
    let (name, argument) = (env.text(NAME), env.text(ARGUMENT));
    let Some(name) = name else {
        if let Some(argument) = argument {
            env.warn(ARGUMENT, &argument, format_args!("{NAME} is not set"), DEFAULT);
        }
        return Ok(Sampler::default());
    };
    Ok(match Named::new(&name, argument.as_deref()) {
        Ok(named) => {
            for ignored in named.ignored {
                env.warn(ARGUMENT, &ignored.value, ignored.reason, ignored.instead);
            }
            named.sampler
        }
        Err(reason) => {
            env.warn(NAME, &name, reason, DEFAULT);
            Sampler::default()
        }
    })
}
