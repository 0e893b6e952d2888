//! The spool: what code and the environment say of it.

use super::builder::Builder;
use super::defaults;
use crate::env::Env;
use crate::spool::PoolConfig;
#[cfg(all(unix, feature = "spool"))]
use std::path::PathBuf;
#[cfg(all(unix, feature = "spool"))]
use std::time::Duration;

const VARIABLE: &str = "THROUGHLINE_SPOOL";
/// A spool of less is none.
const MIN_BYTES: u64 = 4 << 20;

// === impl Builder ===

#[cfg(all(unix, feature = "spool"))]
impl Builder {
    /// Finished spans and log records lie in memory-mapped files in this folder until they are delivered (feature `spool`,
    /// Unix). Default: `THROUGHLINE_SPOOL`, else they lie in memory only.
    ///
    /// Whatever ends the process then, `kill -9` included, what was finished is delivered: by the next process that is
    /// started with this folder, under the resource of the one that is gone, or by another that has it already. Several
    /// processes may share a folder. While the collector is away, what is finished waits there, up to
    /// [`spool_bytes`](Self::spool_bytes), and not in memory; retries then end with [`spool_age`](Self::spool_age)
    /// rather than with [`retry_for`](Self::retry_for).
    ///
    /// A record of more than 64 KiB lies in memory, and so does everything where no file can be made: the folder cannot be
    /// written, the disk or the quota is full. That is told, and counted in [`Stats::unspooled`](crate::Stats::unspooled).
    ///
    /// The files hold what is exported, readable by their owner alone. On a disk, a power failure may lose what the kernel
    /// has not written yet (some 30 seconds); what is torn is noticed by its checksum and left out.
    pub fn spool(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spool = Some(folder.into());
        self
    }

    /// The bytes that all files in the spool's folder may have, those of other processes included. Default 1 GiB; at least
    /// 4 MiB. Over it no file is made: what is finished stays in memory, up to [`queue_bytes`](Self::queue_bytes). Files for
    /// twice `queue_bytes`, and a little, are made at the start, and what waits leaves room for those of another start: with
    /// less than four times `queue_bytes` there is little to wait in.
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.spool_bytes = Some(bytes);
        self
    }

    /// What has waited on disk for longer, by the wall clock, is given up, and counted in [`Dropped::age`](crate::Dropped::age).
    /// Default 24 hours.
    pub fn spool_age(mut self, age: Duration) -> Self {
        self.spool_age = Some(age);
        self
    }
}

pub(super) fn spool(builder: &mut Builder, env: &mut Env, queue_bytes: usize) -> Option<PoolConfig> {
    let named = env.text(VARIABLE);
    let folder = builder.spool.take().or_else(|| named.as_ref().map(Into::into))?;
    let quota = builder.spool_bytes.unwrap_or(defaults::SPOOL_BYTES).max(MIN_BYTES);
    let max_age = builder.spool_age.unwrap_or(defaults::SPOOL_AGE);
    let config = PoolConfig::new(folder, quota, max_age, queue_bytes);
    if config.is_none() {
        let why = "this build has no spool, which takes the feature spool, and Unix";
        env.warn(VARIABLE, &named.unwrap_or_default(), why, "memory");
    }
    config
}
