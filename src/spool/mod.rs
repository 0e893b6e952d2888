//! Finished spans on disk: segments that lie in memory-mapped files, so that what a thread has written there outlives
//! the process, whatever ends it. `buffer/` fills them as it fills memory; `worker/` exports them, and at the next
//! start what a process before left behind.
//!
//! * `file`: a file of pieces, mapped, locked by the process that fills it; `header`: what it begins with
//! * `map`: the mapping, and exclusive pieces of it
//! * `slot`: a piece that is being filled, or waits to be exported; `checksum`: of a frame in it
//! * `inherited`: what the child of a fork does with its parent's files
//! * `pool`: pieces made ready ahead of need, within a quota; `folder`: the files of all processes
//! * `marks`: what exporters have answered for in a slot that is not freed yet; `takers`: which exporters those were
//! * `left`, `reading`: files that other processes left behind, and what is whole in them; `recovered`: said of what nobody chose
//!
//! What is in a file is written once and read by the process that wrote it, or by the one that holds its lock after
//! that. The lock is the kernel's (`flock`), so it ends with the process, however that ends.

mod checksum;
mod file;
mod folder;
mod header;
mod inherited;
mod left;
mod map;
mod marks;
mod pool;
mod reading;
mod recovered;
mod slot;
mod takers;
#[cfg(test)]
mod tests;

pub(crate) use inherited::close_inherited;
pub(crate) use left::{LeftSlot, Leftovers};
pub(crate) use pool::{Pool, PoolConfig};
pub(crate) use slot::Slot;
pub(crate) use takers::{TakerId, extend};
