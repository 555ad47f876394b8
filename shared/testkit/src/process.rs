//! One program of the system as a real process, that can be killed and started again.

use std::{
    ffi::OsString,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    sync::oneshot,
};

/// What a process says on its standard output once it accepts connections, before the address.
const LISTENING: &str = "listening on http://";
/// How long a start may take, on a machine busy with a compiler.
const START: Duration = Duration::from_secs(90);
/// How long a process may take to finish what it holds after SIGTERM, by the contract.
const LEAVE: Duration = Duration::from_secs(10);

/// How a process is started, each time anew.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program, such as `dengwen-web`.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// All of its environment but `PATH`, `HOME` and `RUST_LOG`.
    pub env: Vec<(String, OsString)>,
    /// Where its output is appended.
    pub log: PathBuf,
}

/// A process of the system; killed when this value goes.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    child: Option<Child>,
    address: String,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    ///
    /// # Panics
    /// When it ends before, or says nothing for 90 s; the message holds the end of its log.
    pub async fn start(launch: Launch) -> Self {
        let mut process = Self { launch, child: None, address: String::new() };
        process.start_again().await;
        process
    }

    /// Starts it once more, after [`kill`](Self::kill) or [`terminate`](Self::terminate).
    ///
    /// # Panics
    /// As [`start`](Self::start), and when it still runs.
    pub async fn start_again(&mut self) {
        assert!(self.child.is_none(), "{} still runs", self.name());
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.launch.log)
            .expect("the log can be written");
        let mut command = Command::new(&self.launch.program);
        command.args(&self.launch.args).env_clear().envs(self.launch.env.iter().cloned());
        for kept in ["PATH", "HOME", "RUST_LOG"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", self.name()));
        let announced = self.read_output(&mut child);
        self.child = Some(child);
        match tokio::time::timeout(START, announced).await {
            Ok(Ok(address)) => self.address = address,
            Ok(Err(_)) => panic!("{} ended before it listened:\n{}", self.name(), self.log_end()),
            Err(_) => panic!("{} did not listen within {START:?}:\n{}", self.name(), self.log_end()),
        }
    }

    /// Copies standard output into the log for as long as the process lives, and tells the
    /// address it announces.
    fn read_output(&self, child: &mut Child) -> oneshot::Receiver<String> {
        let (tell, told) = oneshot::channel();
        let output = child.stdout.take().expect("standard output is piped");
        let path = self.launch.log.clone();
        tokio::spawn(async move {
            let mut log = tokio::fs::File::options().append(true).open(path).await.ok();
            let mut tell = Some(tell);
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(log) = &mut log {
                    let _ = log.write_all(format!("{line}\n").as_bytes()).await;
                }
                if let Some((_, address)) = line.split_once(LISTENING)
                    && let Some(tell) = tell.take()
                {
                    let address = address.split_whitespace().next().unwrap_or_default();
                    let _ = tell.send(address.trim_end_matches('/').to_owned());
                }
            }
        });
        told
    }

    /// `http://ADDRESS` and `path`, which begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// SIGKILL, and waits until the kernel has taken it away. Does nothing when it does not run.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("our own process can be killed");
        }
    }

    /// SIGTERM, and waits until it has finished what it held.
    ///
    /// # Panics
    /// When it has not left after 10 s (the contract), or did not run.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM").await;
        let mut child = self.child.take().expect("it runs");
        tokio::time::timeout(LEAVE, child.wait())
            .await
            .unwrap_or_else(|_| panic!("{} ran on {LEAVE:?} after SIGTERM:\n{}", self.name(), self.log_end()))
            .expect("our own process can be waited for")
    }

    /// Sends a signal, named as `kill` does: `STOP`, `CONT`, `HUP`.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn signal(&self, signal: &str) {
        let id =
            self.child.as_ref().and_then(Child::id).unwrap_or_else(|| panic!("{} does not run", self.name()));
        let sent = Command::new("bash")
            .args(["-c", "kill -\"$0\" \"$1\"", signal, &id.to_string()])
            .status()
            .await
            .expect("bash can be run");
        assert!(sent.success(), "{} does not take SIG{signal}", self.name());
    }

    /// Whether it runs: false after it was ended, and when it ended by itself.
    pub fn runs(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// All it has written to standard output and standard error, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(&self.launch.log)
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    fn name(&self) -> String {
        self.launch.program.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that behaves as the script says.
    fn launch(dir: &tempfile::TempDir, script: &str) -> Launch {
        Launch {
            program: "/bin/bash".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![("DENGWEN_EXAMPLE".to_owned(), "given".into())],
            log: dir.path().join("log"),
        }
    }

    const SERVES: &str = "trap 'exit 0' TERM; echo \"$DENGWEN_EXAMPLE listening on http://127.0.0.1:9/\"; while :; do read -rt 1 <> <(:); done";

    #[tokio::test]
    async fn a_process_is_killed_and_comes_back() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut process = Process::start(launch(&dir, SERVES)).await;
        assert!(process.runs());
        assert_eq!(process.url("/healthz"), "http://127.0.0.1:9/healthz");
        process.kill().await;
        assert!(!process.runs());
        process.start_again().await;
        assert!(process.terminate().await.success());
        assert!(!process.runs());
        crate::holds("both starts are in the log", Duration::from_secs(10), || async {
            process.log().matches("given listening").count() == 2
        })
        .await;
    }

    #[tokio::test]
    #[should_panic(expected = "ended before it listened:\nno such setting")]
    async fn a_process_that_does_not_start_shows_its_log() {
        let dir = tempfile::tempdir().expect("a directory");
        Process::start(launch(&dir, "echo 'no such setting' >&2; exit 1")).await;
    }
}
