//! The sampler that code or the environment names.

use super::builder::Builder;
use crate::env::Env;
use crate::error::Error;
use crate::sampler::Sampler;

const NAME: &str = "OTEL_TRACES_SAMPLER";
const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
const DEFAULT: &str = "parentbased_always_on";

pub(super) fn sampler(builder: &mut Builder, env: &mut Env) -> Result<Sampler, Error> {
    if let Some(sampler) = builder.sampler.take() {
        sampler.validate().map_err(|reason| Error::config("sampler", &format!("{sampler:?}"), reason))?;
        return Ok(sampler);
    }
    let (name, argument) = (env.text(NAME), env.text(ARGUMENT));
    let Some(name) = name else {
        if let Some(argument) = argument {
            env.warn(ARGUMENT, &argument, format_args!("{NAME} is not set"), DEFAULT);
        }
        return Ok(Sampler::default());
    };
    if let Ok(sampler) = Sampler::from_env_name(&name, argument.as_deref()) {
        return Ok(sampler);
    }
    // An argument that cannot be read is as good as none; a name that is not known is not.
    Ok(match Sampler::from_env_name(&name, None) {
        Ok(sampler) => {
            let argument = argument.unwrap_or_default();
            env.warn(ARGUMENT, &argument, "it is not a number from 0 to 1", "1.0");
            sampler
        }
        Err(reason) => {
            env.warn(NAME, &name, reason, DEFAULT);
            Sampler::default()
        }
    })
}
