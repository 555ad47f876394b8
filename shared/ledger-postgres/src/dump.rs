//! Backup and restore by PostgreSQL's own programs: a dump is of one moment, and newer servers read it.

use std::path::Path;
use std::process::Stdio;

use dengwen_ledger::LedgerError;
use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

/// Where the server is, with the password apart: arguments of a program can be read by everybody on the machine.
#[derive(Clone)]
pub(crate) struct Server {
    url: String,
    password: Option<String>,
}

impl Server {
    /// Of an address that the driver took.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let mut url = Url::parse(url).ok()?;
        let in_place = url.password().and_then(|text| percent_decode_str(text).decode_utf8().ok());
        let in_place = in_place.map(std::borrow::Cow::into_owned);
        url.set_password(None).ok()?;
        let (secret, plain): (Vec<_>, Vec<_>) =
            url.query_pairs().into_owned().partition(|(key, _)| key == "password");
        url.set_query(None);
        if !plain.is_empty() {
            url.query_pairs_mut().extend_pairs(plain);
        }
        let password = in_place.or(secret.into_iter().next().map(|(_, value)| value));
        Some(Self { url: url.into(), password })
    }

    /// Writes a dump into a new file.
    pub(crate) async fn dump(&self, file: &Path) -> Result<(), LedgerError> {
        make_private(file)?;
        let mut program = self.program("pg_dump");
        program.arg("--format=custom").arg("--file").arg(file);
        run(program).await?;
        let file = tokio::fs::File::open(file).await.map_err(|e| LedgerError::Backup(Box::new(e)))?;
        file.sync_all().await.map_err(|e| LedgerError::Backup(Box::new(e)))
    }

    /// Reads a dump into an empty database: all of it or nothing.
    pub(crate) async fn read_back(&self, file: &Path) -> Result<(), LedgerError> {
        let mut program = self.program("pg_restore");
        program.args(["--single-transaction", "--exit-on-error"]).arg(file);
        run(program).await
    }

    fn program(&self, name: &str) -> Command {
        let mut program = Command::new(name);
        program.args(["--no-owner", "--no-privileges", "--no-password", "--dbname", &self.url]);
        program.envs(self.password.iter().map(|password| ("PGPASSWORD", password)));
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        program
    }
}

/// Makes the file readable by its owner alone, before the program fills it.
fn make_private(file: &Path) -> Result<(), LedgerError> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    made.map(drop).map_err(|e| LedgerError::Backup(Box::new(e)))
}

/// What the program says goes to the operator: it names tables and hosts, and no row.
async fn run(mut program: Command) -> Result<(), LedgerError> {
    let output = match program.output().await {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(LedgerError::Backup(
                "pg_dump and pg_restore are not installed (Debian: postgresql-client)".into(),
            ));
        }
        Err(error) => return Err(LedgerError::Backup(Box::new(error))),
    };
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let first = told.lines().next().unwrap_or("it said nothing").to_owned();
    Err(LedgerError::Backup(first.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_goes_apart() {
        let server = Server::of("postgres://tip:p%40ss@db:5433/line?sslmode=require").expect("a URL");
        assert_eq!(server.url, "postgres://tip@db:5433/line?sslmode=require");
        assert_eq!(server.password.as_deref(), Some("p@ss"));
        let server = Server::of("postgres://tip@db/line?password=hunter2").expect("a URL");
        assert_eq!(
            (server.url.as_str(), server.password.as_deref()),
            ("postgres://tip@db/line", Some("hunter2"))
        );
        let server = Server::of("postgres://db/line").expect("a URL");
        assert_eq!((server.url.as_str(), server.password), ("postgres://db/line", None));
    }
}
