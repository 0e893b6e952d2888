//! `throughline doctor [URL]`: is anybody there who takes what programs send?

use super::args::Args;
use super::fault::Fault;
use std::io::{self, Write};

pub(super) fn doctor(text: &[String]) -> Result<(), Fault> {
    let args = Args::read(text, &[], &[], 1)?;
    // The same settings as a program's: what it would do with these variables is what is asked.
    let mut builder = throughline::builder().startup_check(false);
    if let Some(url) = args.at(0) {
        builder = builder.endpoint(url);
    }
    let (_layer, guard) = builder.build().map_err(Fault::failed)?;
    let report = guard.check();
    let mut out = io::stdout().lock();
    write!(out, "{report}")?;
    out.flush()?;
    match report.is_ok() {
        true => Ok(()),
        false => Err(Fault::failed("what programs send does not arrive")),
    }
}
