//! The targets without libFuzzer, on any toolchain: mutations of the seeds for some seconds each.
//!
//! `soak [SECONDS [TARGET [SEED]]]`; default 10 seconds for each target. It prints its seed, with which it does the same
//! again, and on a finding the bytes.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use throughline_fuzz::{SEEDS, TARGETS, Target};

/// xorshift64*: good enough to choose mutations.
struct Random(u64);

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().map_or(10, |text| text.parse().expect("SECONDS is a number"));
    let wanted = args.next().filter(|name| name != "all");
    let seed = args.next().map_or_else(
        || RandomState::new().build_hasher().finish() | 1,
        |text| text.parse().expect("SEED is a number"),
    );
    println!("seed {seed}");
    let chosen = TARGETS.iter().filter(|(name, _)| wanted.as_deref().is_none_or(|wanted| wanted == *name));
    let findings = chosen.filter(|target| !soak(target, seed, Duration::from_secs(seconds))).count();
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether nothing was found.
fn soak((name, target): &Target, seed: u64, time: Duration) -> bool {
    let (mut random, begun, mut inputs) = (Random(seed), Instant::now(), 0u64);
    while begun.elapsed() < time {
        let bytes = random.input();
        if catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_err() {
            println!("{name}: a finding: {:?}", String::from_utf8_lossy(&bytes));
            println!("bytes: {bytes:?}");
            return false;
        }
        inputs += 1;
    }
    println!("{name}: {inputs} inputs in {} s, nothing found", time.as_secs());
    true
}

// === impl Random ===

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }

    fn input(&mut self) -> Vec<u8> {
        let mut bytes = SEEDS[self.below(SEEDS.len())].as_bytes().to_vec();
        for _ in 0..self.below(8) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const TOKENS: &[u8] = b"-:;,=%+ \t\r\n\0?dDaAfF019\x7f\x80\xc3\xff";
        let at = self.below(bytes.len() + 1);
        let end = at + self.below((bytes.len() - at).min(40) + 1);
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.insert(at, self.next() as u8),
            3 => bytes.insert(at, TOKENS[self.below(TOKENS.len())]),
            4 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            5 => {
                let part = bytes[at..end].to_vec();
                let most = if self.below(64) == 0 { 3_000 } else { 4 };
                let times = 1 + self.below(most);
                let more = part.repeat(times);
                bytes.splice(at..at, more);
            }
            6 => {
                let other = SEEDS[self.below(SEEDS.len())].as_bytes();
                let (from, separator) = (self.below(other.len()), TOKENS[self.below(TOKENS.len())]);
                bytes.push(separator);
                bytes.extend_from_slice(&other[from..]);
            }
            _ if at < bytes.len() => bytes[at] = TOKENS[self.below(TOKENS.len())],
            _ => {}
        }
    }
}
