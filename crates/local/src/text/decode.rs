//! Bytes of a file: unpacked, and as UTF-8.

use std::io::{self, BufReader, Read};
use std::path::Path;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// The text of a file, a chunk at a time.
pub struct File {
    input: Box<dyn Read>,
    /// Packed files end early when they were cut; the rows before that are there.
    packed: bool,
    /// Why the file ended early, if it did.
    pub cut: Option<String>,
}

impl File {
    /// Opens a file, unpacks gzip and Zstandard (told by the first bytes, not by the name) and turns UTF-16 (told by its mark) into UTF-8.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::new(Box::new(std::fs::File::open(path)?))
    }

    /// As [`open`](Self::open), for anything that can be read.
    pub fn new(input: Box<dyn Read>) -> io::Result<Self> {
        let (head, input) = peek(input, 4)?;
        let (packed, input): (_, Box<dyn Read>) = if head.starts_with(&[0x1F, 0x8B]) {
            (true, Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(CHUNK, input))))
        } else if head.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
            (true, Box::new(zstd::stream::read::Decoder::new(input)?))
        } else {
            (false, input)
        };
        let mut file = Self { input, packed, cut: None };
        let mut mark = Vec::new();
        while mark.len() < 3 {
            let have = mark.len();
            mark.resize(3, 0);
            let n = file.fill(&mut mark[have..])?;
            mark.truncate(have + n);
            if n == 0 {
                break;
            }
        }
        match mark.as_slice() {
            [0xEF, 0xBB, 0xBF] => {}
            [0xFF, 0xFE, ..] => file = file.utf16(&mark[2..], u16::from_le_bytes)?,
            [0xFE, 0xFF, ..] => file = file.utf16(&mark[2..], u16::from_be_bytes)?,
            _ => {
                let rest = std::mem::replace(&mut file.input, Box::new(io::empty()));
                file.input = Box::new(io::Cursor::new(mark).chain(rest));
            }
        }
        Ok(file)
    }

    /// Reads more bytes; 0 at the end.
    pub fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.input.read(buffer) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if self.packed => {
                    self.cut = Some(e.to_string());
                    return Ok(0);
                }
                Err(e) => return Err(e),
            }
        }
    }

    /// Appends up to a chunk to `buffer`; `false` at the end.
    pub fn append(&mut self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let have = buffer.len();
        buffer.resize(have + CHUNK, 0);
        let n = self.fill(&mut buffer[have..]);
        buffer.truncate(have + *n.as_ref().unwrap_or(&0));
        Ok(n? > 0)
    }

    /// The rest of the file.
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        while self.append(&mut all)? {}
        Ok(all)
    }

    fn utf16(mut self, begun: &[u8], unit: fn([u8; 2]) -> u16) -> io::Result<Self> {
        let mut bytes = begun.to_vec();
        bytes.extend(self.rest()?);
        let units = bytes.chunks(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            // Half a character at the end.
            _ => 0xFFFD,
        });
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        self.input = Box::new(io::Cursor::new(text.into_bytes()));
        Ok(self)
    }
}

/// The first bytes, and everything.
fn peek(mut input: Box<dyn Read>, n: u64) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    input.by_ref().take(n).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(io::Cursor::new(head).chain(input))))
}
