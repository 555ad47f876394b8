//! Programs of the system that read scans: Poppler draws pages of PDFs, Tesseract reads them, ZBar finds
//! barcodes. None is needed to take a letter; what is not installed is not offered.
//!
//! What they read comes from strangers, so each runs as a process of its own: bounded in time, memory and
//! output, without a network where the system allows that, and never with a file on disk.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// Longest run of a program.
const LONGEST: Duration = Duration::from_secs(120);
/// Most memory of a program, in KiB.
const MEMORY_KIB: u32 = 1 << 20;
/// Most bytes that a program may answer.
const MAX_ANSWER: u64 = 64 << 20;
/// Sets the bounds, and becomes the program.
const BOUNDED: &str = "ulimit -v \"$0\" && ulimit -t \"$1\" && ulimit -c 0 && shift && exec \"$@\"";

/// A program did not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProgramFault {
    /// It is not installed.
    #[error("the program is not installed")]
    Missing,
    /// It took too long.
    #[error("the program took too long")]
    Late,
    /// It failed, or answered too much.
    #[error("the program could not read it")]
    Failed,
}

/// What is installed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Programs {
    tesseract: Option<Reader>,
    pdftoppm: Option<PathBuf>,
    zbarimg: Option<PathBuf>,
    /// Takes the network away from what follows; empty where the system does not allow that.
    apart: Vec<&'static str>,
}

/// Tesseract and the Chinese that it can read, as `chi_sim+chi_tra`.
#[derive(Debug, Clone)]
struct Reader {
    path: PathBuf,
    languages: String,
}

impl Programs {
    /// Looks for them on the path.
    pub(crate) async fn find() -> Self {
        let mut programs =
            Self { pdftoppm: on_path("pdftoppm"), zbarimg: on_path("zbarimg"), ..Self::default() };
        for apart in [&["unshare", "-n", "--"][..], &["unshare", "-r", "-n", "--"]] {
            let alone = Self { apart: apart.to_vec(), ..Self::default() };
            if let Some(path) = on_path("true")
                && alone.run(&path, &[], Vec::new()).await.is_ok()
            {
                programs.apart = apart.to_vec();
                break;
            }
        }
        if let Some(path) = on_path("tesseract") {
            programs.tesseract = programs.languages(&path).await.map(|languages| Reader { path, languages });
        }
        programs
    }

    /// What is missing, by the package that Debian has it in.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let programs = [
            (self.tesseract.is_some(), "tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-chi-tra"),
            (self.pdftoppm.is_some(), "poppler-utils"),
            (self.zbarimg.is_some(), "zbar-tools"),
        ];
        programs.into_iter().filter(|(there, _)| !there).map(|(_, package)| package).collect()
    }

    pub(crate) fn can_read(&self) -> bool {
        self.tesseract.is_some()
    }

    pub(crate) fn can_draw(&self) -> bool {
        self.pdftoppm.is_some()
    }

    /// A page of a PDF as PNG, its longer side of so many pixels.
    pub(crate) async fn draw(&self, pdf: Vec<u8>, page: u32, longest: u32) -> Result<Vec<u8>, ProgramFault> {
        let program = self.pdftoppm.as_ref().ok_or(ProgramFault::Missing)?;
        let (page, longest) = (page.to_string(), longest.to_string());
        let args = ["-png", "-gray", "-f", &page, "-l", &page, "-scale-to", &longest, "-"];
        let png = self.run(program, &args, pdf).await?;
        if png.is_empty() { Err(ProgramFault::Failed) } else { Ok(png) }
    }

    /// The Chinese text on a picture (PNG).
    pub(crate) async fn read(&self, png: Vec<u8>) -> Result<String, ProgramFault> {
        let reader = self.tesseract.as_ref().ok_or(ProgramFault::Missing)?;
        let args = ["stdin", "stdout", "-l", &reader.languages, "--psm", "3"];
        let text = self.run(&reader.path, &args, png).await?;
        String::from_utf8(text).map_err(|_| ProgramFault::Failed)
    }

    /// What the Code 128 barcodes on a picture (PNG) say.
    pub(crate) async fn barcodes(&self, png: Vec<u8>) -> Result<Vec<String>, ProgramFault> {
        let program = self.zbarimg.as_ref().ok_or(ProgramFault::Missing)?;
        // It leaves with 4 where it finds none.
        let args = ["--quiet", "--raw", "--nodbus", "-Sdisable", "-Scode128.enable", "PNG:-"];
        let found = match self.run(program, &args, png).await {
            Err(ProgramFault::Failed) => return Ok(Vec::new()),
            found => found?,
        };
        Ok(String::from_utf8_lossy(&found).lines().map(str::to_owned).collect())
    }

    async fn languages(&self, tesseract: &PathBuf) -> Option<String> {
        let listed = self.run(tesseract, &["--list-langs"], Vec::new()).await.ok()?;
        let listed = String::from_utf8(listed).ok()?;
        let known: Vec<_> =
            ["chi_sim", "chi_tra"].into_iter().filter(|l| listed.lines().any(|x| x == *l)).collect();
        (!known.is_empty()).then(|| known.join("+"))
    }

    async fn run(&self, program: &PathBuf, args: &[&str], input: Vec<u8>) -> Result<Vec<u8>, ProgramFault> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", BOUNDED, &MEMORY_KIB.to_string(), &LONGEST.as_secs().to_string()]);
        command.args(&self.apart).arg(program).args(args);
        command.env_clear().env("LC_ALL", "C.UTF-8").env("OMP_THREAD_LIMIT", "1");
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|_| ProgramFault::Missing)?;
        let (mut to, from) = (child.stdin.take(), child.stdout.take());
        let work = async {
            let feed = async {
                if let Some(mut to) = to.take() {
                    // A program may have seen enough before the end.
                    let _ = to.write_all(&input).await;
                }
            };
            let mut answer = Vec::new();
            let listen = async {
                if let Some(from) = from {
                    from.take(MAX_ANSWER + 1).read_to_end(&mut answer).await?;
                }
                std::io::Result::Ok(())
            };
            let ((), heard) = tokio::join!(feed, listen);
            heard.map_err(|_| ProgramFault::Failed)?;
            if answer.len() as u64 > MAX_ANSWER {
                return Err(ProgramFault::Failed);
            }
            let status = child.wait().await.map_err(|_| ProgramFault::Failed)?;
            if status.success() { Ok(answer) } else { Err(ProgramFault::Failed) }
        };
        // Dropping the child kills it.
        tokio::time::timeout(LONGEST, work).await.unwrap_or(Err(ProgramFault::Late))
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> PathBuf {
        "/bin/sh".into()
    }

    #[tokio::test]
    async fn a_program_has_no_more_memory_than_it_is_given() {
        let programs = Programs::default();
        let greedy = ["-c", "x=x; while :; do x=$x$x$x$x; done"];
        assert_eq!(programs.run(&shell(), &greedy, Vec::new()).await, Err(ProgramFault::Failed));
    }

    #[tokio::test]
    async fn what_a_program_is_fed_and_answers_goes_through_pipes() {
        let programs = Programs::default();
        let input = vec![b'x'; 1 << 20];
        let args = ["-c", "cat"];
        assert_eq!(programs.run(&shell(), &args, input.clone()).await, Ok(input.clone()));
        assert_eq!(programs.run(&shell(), &["-c", "exit 3"], input).await, Err(ProgramFault::Failed));
        assert_eq!(programs.barcodes(Vec::new()).await, Err(ProgramFault::Missing));
    }

    #[tokio::test]
    async fn a_program_reaches_no_network() {
        let programs = Programs::find().await;
        let plain = std::process::Command::new("unshare").args(["-r", "-n", "true"]).status();
        let allowed = plain.is_ok_and(|status| status.success());
        assert!(!allowed || !programs.apart.is_empty(), "where namespaces can be made, they are");
        let links = programs.run(&shell(), &["-c", "cat /proc/net/dev"], Vec::new()).await.unwrap();
        let links = String::from_utf8(links).unwrap();
        let count = links.lines().filter(|line| line.contains(':')).count();
        assert!(!allowed || count == 1, "only its own loopback: {links}");
    }
}
