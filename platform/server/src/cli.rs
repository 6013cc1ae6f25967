//! The command line: what can be asked of the binary.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command as ClapCommand, FromArgMatches, Parser, Subcommand};

use crate::settings::KEYS;

/// An open FHIR R4 health-data lake.
#[derive(Debug, Parser)]
#[command(name = "tarn", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Where everything is kept [default: ./tarn-data] [env: TARN_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Settings file [default: tarn.toml if present] [env: TARN_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts the server with a demo organisation and 100 synthetic patients; safe to run again
    Demo(SettingFlags),
    /// Starts the server
    Serve(SettingFlags),
    /// Organisations
    #[command(subcommand)]
    Org(Org),
    /// Data stores
    #[command(subcommand)]
    Store(Store),
    /// Writes a synthetic FHIR R4 population: one NDJSON file per resource type
    Synth(Synth),
    /// The audit trail
    #[command(subcommand)]
    Audit(Audit),
    /// Measures this build on this machine
    #[command(subcommand)]
    Bench(crate::bench::Bench),
}

/// `tarn org …`
#[derive(Debug, Subcommand)]
pub(crate) enum Org {
    /// Creates an organisation and its admin, beside a running server or without one
    Create(OrgCreate),
}

/// `tarn org create`
#[derive(Debug, Args)]
pub(crate) struct OrgCreate {
    /// The organisation's name
    #[arg(long)]
    pub(crate) name: String,
    /// The first admin's address
    #[arg(long)]
    pub(crate) admin_email: String,
    /// Signs the current BAA text at once, in this name
    #[arg(long, value_name = "Full Name, Title")]
    pub(crate) accept_baa: Option<String>,
    /// Prints one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tarn store …`
#[derive(Debug, Subcommand)]
pub(crate) enum Store {
    /// Creates a data store of an organisation
    Create(StoreCreate),
}

/// `tarn store create`
#[derive(Debug, Args)]
pub(crate) struct StoreCreate {
    /// The organisation's id
    #[arg(long, value_name = "ID")]
    pub(crate) org: String,
    /// The store's name
    #[arg(long)]
    pub(crate) name: String,
    /// Prints one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `tarn synth`
#[derive(Debug, Args)]
pub(crate) struct Synth {
    /// How many patients
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub(crate) patients: u32,
    /// Same seed, same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// A folder that is new or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// `tarn audit …`
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Recomputes an audit chain: of a live organisation, or of an exported folder
    Verify(AuditVerify),
}

/// `tarn audit verify`
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct AuditVerify {
    /// The organisation whose trail to verify, beside a running server or without one
    #[arg(long, value_name = "ID")]
    pub(crate) org: Option<String>,
    /// An exported folder
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// One flag for each setting, from the same table as file and environment.
#[derive(Debug, Default)]
pub(crate) struct SettingFlags(pub(crate) Vec<(&'static str, String)>);

impl Args for SettingFlags {
    fn augment_args(command: ClapCommand) -> ClapCommand {
        KEYS.iter().fold(command, |command, key| {
            let default = match key.default {
                "" => String::new(),
                default => format!(" [default: {default}]"),
            };
            let help = format!("{}{default} [env: {}]", key.what, key.variable());
            let flag = Arg::new(key.name).long(key.flag()).value_name("VALUE").help(help);
            command.arg(flag.help_heading("Settings").hide(!key.built))
        })
    }

    fn augment_args_for_update(command: ClapCommand) -> ClapCommand {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |name: &'static str| matches.get_one::<String>(name).map(|v| (name, v.clone()));
        Ok(Self(KEYS.iter().filter_map(|key| given(key.name)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_setting_is_a_flag_of_serve() {
        let cli = Cli::try_parse_from(["tarn", "serve", "--tls-cert", "x", "--data-dir", "/d"]);
        let Command::Serve(flags) = cli.expect("it is taken").command else { panic!("not serve") };
        assert_eq!(flags.0, [("tls.cert", "x".to_owned())]);
    }

    #[test]
    fn an_audit_is_verified_by_organisation_or_by_folder() {
        assert!(Cli::try_parse_from(["tarn", "audit", "verify"]).is_err());
        assert!(Cli::try_parse_from(["tarn", "audit", "verify", "dir", "--org", "x"]).is_err());
        assert!(Cli::try_parse_from(["tarn", "audit", "verify", "dir"]).is_ok());
    }
}
