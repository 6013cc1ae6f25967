//! The binary under test, and its commands.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The `tarn` binary: what `TARN_BIN` names, or the workspace's own, built once.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("TARN_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    // A test lies in `<target>/<profile>/deps/`.
    let own = std::env::current_exe().expect("a test knows where it lies");
    let profile = own.ancestors().nth(2).expect("a test lies in a target folder");
    let target = profile.parent().expect("a profile's folder lies in the target folder");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "tarn-server", "--target-dir"]).arg(target);
    build.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")]);
    match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => {}
        Some(name) => {
            build.args(["--profile", name]);
        }
    }
    assert!(build.status().expect("cargo runs").success(), "the binary builds");
    profile.join("tarn")
}

/// A command of the binary, free of settings that happen to be in our environment.
pub(crate) fn command(data_dir: &Path) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TARN_") {
            command.env_remove(name);
        }
    }
    command.arg("--data-dir").arg(data_dir).current_dir(data_dir).stdin(Stdio::null());
    command
}

/// Runs a command of the binary to its end.
pub fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    command(data_dir).args(arguments).output().expect("the binary runs")
}
