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
/// Longest drawing of a page: a page in colour at 600 dpi takes some seconds.
const LONGEST_DRAWING: Duration = Duration::from_secs(20);
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

/// Tesseract and the Chinese scripts that it can read, in the order in which they are tried.
#[derive(Debug, Clone)]
struct Reader {
    path: PathBuf,
    scripts: Vec<&'static str>,
}

/// Simplified first: it is what nearly every letter is written in.
const SCRIPTS: [&str; 2] = ["chi_sim", "chi_tra"];
/// From this confidence on (of 100) the other script is not tried: a printed page reaches some 92 in its own and 82 to 90 in
/// the other.
const SURE: f32 = 90.0;
/// By so much another script must be surer than the one before it: a short simplified page read as traditional
/// was 2 surer, a traditional one 10.
const CLEARLY: f32 = 5.0;

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
            programs.tesseract = programs.scripts(&path).await.map(|scripts| Reader { path, scripts });
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
        let png = self.run_within(LONGEST_DRAWING, program, &args, pdf).await?;
        if png.is_empty() { Err(ProgramFault::Failed) } else { Ok(png) }
    }

    /// The Chinese text on a picture (PNG). Each script by itself, and the one of which Tesseract is surer: given
    /// both at once it mixes them on one page.
    pub(crate) async fn read(&self, png: Vec<u8>) -> Result<String, ProgramFault> {
        let reader = self.tesseract.as_ref().ok_or(ProgramFault::Missing)?;
        let mut best = Recognised::default();
        for script in &reader.scripts {
            let args = ["stdin", "stdout", "-l", script, "--psm", "3", "tsv"];
            let table = self.run(&reader.path, &args, png.clone()).await?;
            let read = Recognised::of(&String::from_utf8(table).map_err(|_| ProgramFault::Failed)?);
            let lead = if best.text.is_empty() { 0.0 } else { CLEARLY };
            if read.confidence > best.confidence + lead {
                best = read;
            }
            if best.confidence >= SURE {
                break;
            }
        }
        Ok(best.text)
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

    async fn scripts(&self, tesseract: &PathBuf) -> Option<Vec<&'static str>> {
        let listed = self.run(tesseract, &["--list-langs"], Vec::new()).await.ok()?;
        let listed = String::from_utf8(listed).ok()?;
        let known: Vec<_> =
            SCRIPTS.into_iter().filter(|script| listed.lines().any(|line| line == *script)).collect();
        (!known.is_empty()).then_some(known)
    }

    async fn run(&self, program: &PathBuf, args: &[&str], input: Vec<u8>) -> Result<Vec<u8>, ProgramFault> {
        self.run_within(LONGEST, program, args, input).await
    }

    async fn run_within(
        &self,
        longest: Duration,
        program: &PathBuf,
        args: &[&str],
        input: Vec<u8>,
    ) -> Result<Vec<u8>, ProgramFault> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", BOUNDED, &MEMORY_KIB.to_string(), &longest.as_secs().max(1).to_string()]);
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
        tokio::time::timeout(longest, work).await.unwrap_or(Err(ProgramFault::Late))
    }
}

/// What Tesseract read in one script, and how sure it is: the mean over the characters, of 100.
#[derive(Default)]
struct Recognised {
    text: String,
    confidence: f32,
}

impl Recognised {
    /// From its table: a row a word, with the numbers of its block, paragraph and line, and its confidence. A
    /// line ends where the paper's does, and an empty one stands between paragraphs.
    fn of(table: &str) -> Self {
        const WORD: &str = "5";
        let (mut text, mut sure, mut signs) = (String::new(), 0.0, 0_usize);
        let mut before = None;
        for row in table.lines() {
            let cells: Vec<&str> = row.splitn(12, '\t').collect();
            let [WORD, page, block, paragraph, line, _, _, _, _, _, confidence, word] = cells[..] else {
                continue;
            };
            let (place, word) = (((page, block, paragraph), line), word.trim());
            let Some(confidence) = confidence.parse::<f32>().ok().filter(|_| !word.is_empty()) else {
                continue;
            };
            text.push_str(match before {
                None => "",
                Some((paragraph, _)) if paragraph != place.0 => "\n\n",
                Some(before) if before != place => "\n",
                Some(_) => " ",
            });
            text.push_str(word);
            let count = word.chars().count();
            sure += confidence.clamp(0.0, 100.0) * count as f32;
            signs += count;
            before = Some(place);
        }
        Self { text, confidence: if signs == 0 { 0.0 } else { sure / signs as f32 } }
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

    #[test]
    fn words_are_put_together_from_the_table_and_their_confidence_counts_by_character() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n\
            5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90.5\t举报\n\
            5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t60\t信\n\
            5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t-1\t \n\
            5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t96\t某局\n\
            5\t1\t2\t1\t1\t1\t0\t0\t9\t9\tx\t坏\n\
            5\t1\t2\t1\t1\t1\t0\t0\t9\t9\t500\ta\tb\n";
        let read = Recognised::of(table);
        assert_eq!(read.text, "举报 信\n某局\n\na\tb");
        let expected = (2.0 * 90.5 + 60.0 + 2.0 * 96.0 + 3.0 * 100.0) / 8.0;
        assert!((read.confidence - expected).abs() < 0.01, "{}", read.confidence);
        for nothing in ["", "\t\t\t", "5\t5", "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90"] {
            assert!(Recognised::of(nothing).text.is_empty(), "{nothing:?}");
        }
    }

    #[tokio::test]
    async fn a_program_has_no_more_memory_than_it_is_given() {
        let programs = Programs::default();
        let greedy = ["-c", "x=x; while :; do x=$x$x$x$x; done"];
        assert_eq!(programs.run(&shell(), &greedy, Vec::new()).await, Err(ProgramFault::Failed));
    }

    #[tokio::test]
    async fn a_program_that_takes_too_long_is_ended() {
        let (programs, soon) = (Programs::default(), Duration::from_millis(200));
        let slept = programs.run_within(soon, &shell(), &["-c", "exec sleep 60"], Vec::new()).await;
        assert_eq!(slept, Err(ProgramFault::Late));
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
