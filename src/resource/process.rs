//! The process: `process.*` (semantic conventions, "Process").
//!
//! The arguments are left out: they may hold secrets.

use super::surroundings::Surroundings;
use crate::wire::KeyValue;
use std::path::PathBuf;

pub(super) fn find(around: &Surroundings) -> Vec<KeyValue> {
    let mut found = vec![
        KeyValue::new("process.pid", std::process::id()),
        // Of a compiled program: the name of the compiler.
        KeyValue::new("process.runtime.name", "rustc"),
    ];
    #[cfg(unix)]
    found.push(KeyValue::new("process.parent_pid", std::os::unix::process::parent_id()));
    found.extend(executable_name().map(|name| KeyValue::new("process.executable.name", name)));
    let path = executable().map(|path| path.to_string_lossy().into_owned());
    found.extend(path.map(|path| KeyValue::new("process.executable.path", path)));
    found.extend(owner(around).map(|owner| KeyValue::new("process.owner", owner)));
    found
}

/// The file name of the executable.
pub(super) fn executable_name() -> Option<String> {
    Some(executable()?.file_name()?.to_string_lossy().into_owned())
}

fn executable() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?;
    // What Linux adds when the file has been replaced since.
    let kept = path.to_str().and_then(|text| text.strip_suffix(" (deleted)")).map(PathBuf::from);
    Some(kept.unwrap_or(path))
}

/// The name of the effective user: by the list of local users, so that no directory service is asked.
fn owner(around: &Surroundings) -> Option<String> {
    let Some(status) = around.file("/proc/self/status") else {
        return around.variable(&["USER", "USERNAME"]);
    };
    let uid = effective_uid(&status)?;
    user_name(&around.file("/etc/passwd")?, uid)
}

/// The second number after `Uid:`: real, effective, saved, file system.
fn effective_uid(status: &str) -> Option<&str> {
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    ids.split_whitespace().nth(1)
}

/// From lines of `name:password:uid:...`.
fn user_name(passwd: &str, uid: &str) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: (&str, &str) = ("/proc/self/status", "Name:\tx\nUid:\t0\t33\t33\t33\nGid:\t0\t0\t0\t0\n");
    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n+::::::\nwww-data:x:33:33:www:/var/www:/bin/false\n";

    #[test]
    fn the_owner_is_the_effective_user_of_the_local_list() {
        let around = Surroundings::of(&[STATUS, ("/etc/passwd", PASSWD)], &[("USER", "liar")]);
        assert_eq!(owner(&around).as_deref(), Some("www-data"));
        let unknown =
            Surroundings::of(&[STATUS, ("/etc/passwd", "root:x:0:0\nbroken\n")], &[("USER", "liar")]);
        assert_eq!(owner(&unknown), None);
        assert_eq!(owner(&Surroundings::of(&[], &[("USER", "me")])).as_deref(), Some("me"));
    }

    #[test]
    fn the_process_is_told_without_its_arguments() {
        let found = find(&Surroundings::of(&[], &[]));
        let of = |key: &str| found.iter().find(|it| it.key == key).map(|it| it.value.clone());
        assert_eq!(of("process.pid"), Some(std::process::id().into()));
        assert_eq!(of("process.executable.name"), executable_name().map(Into::into));
        assert!(of("process.executable.path").is_some());
        assert!(found.iter().all(|it| !it.key.starts_with("process.command")));
    }
}
