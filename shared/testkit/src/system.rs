//! The whole tip line as real processes: everything in one, or every service by itself.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    path::PathBuf,
    process::{Output, Stdio},
};

use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command};

use crate::{Backends, Launch, Process, free_port, programs::program, programs::scratch};

/// A service that is a program of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// `dengwen-web`
    Web,
    /// `dengwen-phone`
    Phone,
    /// `dengwen-sms`
    Sms,
    /// `dengwen-letters`
    Letters,
    /// `dengwen-triage`
    Triage,
    /// `dengwen-dispatch`
    Dispatch,
    /// `dengwen-casework`
    Casework,
}

impl Service {
    /// Every service; casework first, because the doors ask it.
    pub const ALL: [Self; 7] =
        [Self::Casework, Self::Triage, Self::Dispatch, Self::Web, Self::Phone, Self::Sms, Self::Letters];

    /// Whether the public reaches it, so that it may hold no secret of the line.
    #[must_use]
    pub fn is_door(self) -> bool {
        matches!(self, Self::Web | Self::Phone | Self::Sms | Self::Letters)
    }

    /// The folders of keys that its host is given in production (`shared/seal/src/keys.rs`).
    fn key_folders(self) -> &'static [&'static str] {
        match self {
            Self::Web | Self::Phone | Self::Letters => &["public", "door"],
            Self::Sms => &["public", "door", "sms"],
            Self::Triage | Self::Dispatch => &["public", "door", "inner"],
            Self::Casework => &["public", "door", "inner", "issuer", "custodian"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Phone => "phone",
            Self::Sms => "sms",
            Self::Letters => "letters",
            Self::Triage => "triage",
            Self::Dispatch => "dispatch",
            Self::Casework => "casework",
        }
    }
}

/// The name of the settings file in a system's directory.
const SETTINGS: &str = "dengwen.toml";

/// What a system is started with besides its backends.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    environment: Vec<(String, String)>,
    settings: String,
}

impl Setup {
    /// With this in the environment of every process.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With these settings (TOML) for every process.
    #[must_use]
    pub fn settings(mut self, toml: &str) -> Self {
        self.settings.push_str(toml);
        self
    }
}

/// A running tip line, with its own data directory and backends; killed and deleted with this value.
///
/// One at a time on a machine: a second one waits until the first is gone, so that the time limits
/// of the tests mean the same on two cores as on twenty. Never make two in one test.
#[derive(Debug)]
pub struct System {
    processes: BTreeMap<Option<Service>, Process>,
    backends: Backends,
    environment: Vec<(String, OsString)>,
    dir: TempDir,
    _alone: File,
}

impl System {
    /// Everything in one process (`dengwen up`).
    ///
    /// # Panics
    /// When it does not start.
    pub async fn in_one(backends: Backends, setup: Setup) -> Self {
        let mut system = Self::prepare(backends, setup).await;
        if !system.backends.are_embedded() {
            system.run(&["keys", "generate"]).await; // the embedded default makes its own
        }
        let launch = system.launch(None, free_port());
        system.processes.insert(None, Process::start(launch).await);
        system
    }

    /// Every service as its own process, with keys made by `dengwen keys generate` and handed out
    /// as in production: no door can open what it takes in, or knows where the ledger is.
    ///
    /// # Panics
    /// When one does not start, or the backends are embedded.
    pub async fn in_services(backends: Backends, setup: Setup) -> Self {
        assert!(!backends.are_embedded(), "the embedded queue serves one process only");
        let mut system = Self::prepare(backends, setup).await;
        let casework = free_port();
        let url = format!("http://127.0.0.1:{casework}");
        system.environment.push(("DENGWEN_CASEWORK_URL".to_owned(), url.into()));
        system.run(&["keys", "generate"]).await;
        for service in Service::ALL {
            system.hand_out_keys(service);
            let port = if service == Service::Casework { casework } else { free_port() };
            let launch = system.launch(Some(service), port);
            system.processes.insert(Some(service), Process::start(launch).await);
        }
        system
    }

    async fn prepare(backends: Backends, setup: Setup) -> Self {
        let alone = alone_on_this_machine().await;
        let dir = tempfile::Builder::new().prefix("system.").tempdir_in(scratch()).expect("a directory");
        let objects = format!("file://{}", dir.path().join("objects").display());
        let mut environment: Vec<(String, OsString)> =
            backends.environment().map(|(name, value)| (name, value.into())).collect();
        environment.push(("DENGWEN_OBJECTS_URL".to_owned(), objects.into()));
        environment.extend(setup.environment.into_iter().map(|(name, value)| (name, value.into())));
        std::fs::write(dir.path().join(SETTINGS), setup.settings).expect("own directory");
        Self { processes: BTreeMap::new(), backends, environment, dir, _alone: alone }
    }

    fn launch(&self, service: Option<Service>, port: u16) -> Launch {
        let name = service.map_or("dengwen".to_owned(), |service| format!("dengwen-{}", service.name()));
        let mut env = self.environment.clone();
        if service.is_some_and(Service::is_door) {
            env.retain(|(name, _)| name != "DENGWEN_LEDGER_URL");
        }
        env.push(("DENGWEN_DATA".to_owned(), self.data(service).into()));
        env.push(("DENGWEN_LISTEN".to_owned(), format!("127.0.0.1:{port}").into()));
        let config = ["--config".into(), self.dir.path().join(SETTINGS).into()];
        let args = service.is_none().then(|| "up".into()).into_iter().chain(config).collect();
        Launch { program: program(&name), args, env, log: self.dir.path().join(format!("{name}.log")) }
    }

    /// The data directory of a service, or of the one process (and the administrator).
    #[must_use]
    pub fn data(&self, service: Option<Service>) -> PathBuf {
        self.dir.path().join(service.map_or("dengwen", Service::name))
    }

    fn hand_out_keys(&self, service: Service) {
        for folder in service.key_folders() {
            let from = self.data(None).join("keys").join(folder);
            let to = self.data(Some(service)).join("keys").join(folder);
            std::fs::create_dir_all(&to).expect("own directory");
            for key in std::fs::read_dir(&from).expect("keys were made") {
                let key = key.expect("a key");
                // Copying keeps the mode: a key that others can read is refused.
                std::fs::copy(key.path(), to.join(key.file_name())).expect("a key can be copied");
            }
        }
    }

    /// `http://…` of a path of that service, wherever it runs.
    ///
    /// # Panics
    /// When it was not started.
    #[must_use]
    pub fn url(&self, service: Service, path: &str) -> String {
        let process = self.processes.get(&Some(service)).or_else(|| self.processes.get(&None));
        process.expect("a service that was started").url(path)
    }

    /// The process of that service: with everything in one, always the same.
    ///
    /// # Panics
    /// When it was not started.
    pub fn process(&mut self, service: Service) -> &mut Process {
        let key = if self.processes.contains_key(&None) { None } else { Some(service) };
        self.processes.get_mut(&key).expect("a service that was started")
    }

    /// All processes, in the order of [`Service`].
    pub fn processes(&mut self) -> impl Iterator<Item = &mut Process> {
        self.processes.values_mut()
    }

    /// What the system keeps its data in.
    #[must_use]
    pub fn backends(&self) -> &Backends {
        &self.backends
    }

    /// Runs the administrator's command line against this system, and gives its standard output.
    ///
    /// # Panics
    /// When it does not end well; the message holds what it wrote.
    pub async fn run(&self, args: &[&str]) -> String {
        let output = self.try_run(args).await;
        let (told, complained) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(
            output.status.success(),
            "dengwen {}: {}\n{told}\n{complained}",
            args.join(" "),
            output.status
        );
        told.into_owned()
    }

    /// [`run`](Self::run) for a command that may fail.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub async fn try_run(&self, args: &[&str]) -> Output {
        self.command(args).output().await.expect("dengwen can be run")
    }

    fn command(&self, args: &[&str]) -> Command {
        let Launch { program, env, .. } = self.launch(None, 0);
        let mut command = Command::new(program);
        command
            .args(args)
            .arg("--config")
            .arg(self.dir.path().join(SETTINGS))
            .env_clear()
            .envs(env)
            .kill_on_drop(true);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Withdraws a token, as the administrator does: it goes in by standard input.
    ///
    /// # Panics
    /// When it cannot be withdrawn.
    pub async fn withdraw(&self, token: &str) {
        let mut command = self.command(&["token", "withdraw"]);
        let mut running = command.stdin(Stdio::piped()).spawn().expect("dengwen can be run");
        let mut input = running.stdin.take().expect("piped");
        input.write_all(token.as_bytes()).await.expect("it reads");
        drop(input);
        assert!(running.wait().await.expect("it ends").success(), "dengwen token withdraw");
    }

    /// A bearer token for the desk or a staff door.
    ///
    /// # Panics
    /// When it cannot be issued.
    pub async fn token(&self, role: &str, unit: Option<&str>) -> String {
        let mut args = vec!["token", "issue", "--role", role, "--name", "test"];
        args.extend(unit.into_iter().flat_map(|unit| ["--unit", unit]));
        self.run(&args).await.trim().to_owned()
    }
}

/// Waits until no other test runs a whole system.
async fn alone_on_this_machine() -> File {
    let lock = File::create(scratch().join("dengwen-system.lock")).expect("the lock file can be made");
    tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .expect("the wait is not cancelled")
        .expect("the lock can be taken")
}
