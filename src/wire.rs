//! The wire format between a notebook and the engine: a small self-describing value, and frames of one value each.
//!
//! A frame is the length of its payload (32 bits, little endian) and the payload, one encoded [`Value`]. A value is a
//! tag byte and its content; lengths and counts are LEB128. Whatever the bytes are, decoding ends with a value or an
//! error, and never takes much more memory than the bytes it is given.

use std::fmt;
use std::io::{self, Read, Write};

/// A frame's payload may have at most this many bytes.
pub const MAX_FRAME: usize = 1 << 30;

/// Lists and maps may be nested this deep.
pub const MAX_DEPTH: usize = 64;

/// What is sent: JSON's values, with whole numbers and bytes apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values in order.
    List(Vec<Value>),
    /// Named values in order.
    Map(Vec<(String, Value)>),
}

/// Bytes that are not an encoded value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end in the middle of a value.
    Truncated,
    /// Bytes are left over after the value.
    TrailingBytes,
    /// No value starts with this byte.
    UnknownTag(u8),
    /// Text is not UTF-8, or a truth value is neither 0 nor 1.
    Invalid,
    /// Lists and maps are nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("a message ends in the middle of a value"),
            Self::TrailingBytes => f.write_str("a message goes on after its value"),
            Self::UnknownTag(tag) => write!(f, "a message holds an unknown kind of value ({tag})"),
            Self::Invalid => f.write_str("a message holds an invalid value"),
            Self::TooDeep => f.write_str("a message is nested too deep"),
        }
    }
}

impl std::error::Error for DecodeError {}

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 4;
const STR: u8 = 5;
const BYTES: u8 = 6;
const LIST: u8 = 7;
const MAP: u8 = 8;

impl Value {
    /// A map without entries, to be given some [`with`](Value::with).
    pub fn map() -> Value {
        Value::Map(Vec::new())
    }

    /// A map with one more entry.
    #[must_use]
    pub fn with(self, key: &str, value: Value) -> Value {
        let mut entries = if let Value::Map(entries) = self { entries } else { Vec::new() };
        entries.push((key.to_owned(), value));
        Value::Map(entries)
    }

    /// Text.
    pub fn str(text: &str) -> Value {
        Value::Str(text.to_owned())
    }

    /// A list of texts.
    pub fn strings(texts: &[&str]) -> Value {
        let mut values = Vec::new();
        for text in texts {
            values.push(Value::str(text));
        }
        Value::List(values)
    }

    /// An entry of a map; `None` if there is none, or this is no map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => {
                for (name, value) in entries {
                    if name == key {
                        return Some(value);
                    }
                }
                None
            }
            _ => None,
        }
    }

    /// An entry of a map, taken out of it.
    pub fn take(self, key: &str) -> Option<Value> {
        if let Value::Map(entries) = self {
            for (name, value) in entries {
                if name == key {
                    return Some(value);
                }
            }
        }
        None
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a whole number.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The values of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(values) => Some(values),
            _ => None,
        }
    }

    /// Appends the encoded value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Value::Null => out.push(NULL),
            Value::Bool(value) => out.push(if *value { TRUE } else { FALSE }),
            Value::Int(number) => {
                out.push(INT);
                out.extend_from_slice(&number.to_le_bytes());
            }
            Value::Float(number) => {
                out.push(FLOAT);
                out.extend_from_slice(&number.to_bits().to_le_bytes());
            }
            Value::Str(text) => {
                out.push(STR);
                encode_bytes(text.as_bytes(), out);
            }
            Value::Bytes(bytes) => {
                out.push(BYTES);
                encode_bytes(bytes, out);
            }
            Value::List(values) => {
                out.push(LIST);
                encode_length(values.len(), out);
                for value in values {
                    value.encode(out);
                }
            }
            Value::Map(entries) => {
                out.push(MAP);
                encode_length(entries.len(), out);
                for (key, value) in entries {
                    encode_bytes(key.as_bytes(), out);
                    value.encode(out);
                }
            }
        }
    }

    /// Decodes exactly one value.
    ///
    /// # Errors
    /// When the bytes are anything but the encoding of one value.
    pub fn decode(bytes: &[u8]) -> Result<Value, DecodeError> {
        let mut decoder = Decoder { rest: bytes };
        let value = decoder.value(0)?;
        if decoder.rest.is_empty() { Ok(value) } else { Err(DecodeError::TrailingBytes) }
    }
}

fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    encode_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn encode_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    fn value(&mut self, depth: usize) -> Result<Value, DecodeError> {
        if depth > MAX_DEPTH {
            return Err(DecodeError::TooDeep);
        }
        Ok(match self.byte()? {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            INT => Value::Int(i64::from_le_bytes(self.eight()?)),
            FLOAT => Value::Float(f64::from_bits(u64::from_le_bytes(self.eight()?))),
            STR => Value::Str(self.text()?),
            BYTES => {
                let length = self.length()?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            LIST => {
                let count = self.length()?;
                let mut values = Vec::with_capacity(self.room(count, 1)?);
                for _ in 0..count {
                    values.push(self.value(depth + 1)?);
                }
                Value::List(values)
            }
            MAP => {
                let count = self.length()?;
                let mut entries = Vec::with_capacity(self.room(count, 2)?);
                for _ in 0..count {
                    entries.push((self.text()?, self.value(depth + 1)?));
                }
                Value::Map(entries)
            }
            tag => return Err(DecodeError::UnknownTag(tag)),
        })
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn eight(&mut self) -> Result<[u8; 8], DecodeError> {
        self.take(8)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    fn text(&mut self) -> Result<String, DecodeError> {
        let length = self.length()?;
        match std::str::from_utf8(self.take(length)?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(DecodeError::Invalid),
        }
    }

    fn length(&mut self) -> Result<usize, DecodeError> {
        let mut length: u64 = 0;
        let mut shift = 0;
        while shift < 63 {
            let byte = self.byte()?;
            length |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(length).map_err(|_| DecodeError::Invalid);
            }
            shift += 7;
        }
        Err(DecodeError::Invalid)
    }

    /// How many of `count` entries to make room for: a count that the rest of the bytes cannot hold is an error before
    /// anything is set aside for it, and much room is only taken as entries arrive.
    fn room(&self, count: usize, least_bytes_each: usize) -> Result<usize, DecodeError> {
        if count > self.rest.len() / least_bytes_each {
            return Err(DecodeError::Truncated);
        }
        Ok(count.min(4096))
    }
}

/// Writes one frame and flushes.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`], with nothing written, when the value takes more than [`MAX_FRAME`] bytes; otherwise
/// what `out` gives.
pub fn write_frame(out: &mut impl Write, value: &Value) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    value.encode(&mut bytes);
    let length = bytes.len() - 4;
    if length > MAX_FRAME {
        let message = format!("a message of {length} bytes is too large (the most is {MAX_FRAME})");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    out.write_all(&bytes)?;
    out.flush()
}

/// Reads one frame of at most `max` bytes; `None` at the end of input between two frames.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] when the bytes are no frame, [`io::ErrorKind::UnexpectedEof`] when they end inside
/// one, otherwise what `input` gives.
pub fn read_frame(input: &mut impl Read, max: usize) -> io::Result<Option<Value>> {
    let mut header = [0; 4];
    match fill(input, &mut header)? {
        4 => {}
        0 => return Ok(None),
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    }
    let length = u32::from_le_bytes(header) as usize;
    if length > max {
        return Err(invalid(format!("a message of {length} bytes is announced (the most is {max})")));
    }
    // The payload grows as it arrives, so that a wrong length alone costs no memory.
    let mut payload = Vec::new();
    while payload.len() < length {
        let start = payload.len();
        payload.resize(length.min(start + CHUNK), 0);
        if fill(input, &mut payload[start..])? < payload.len() - start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    match Value::decode(&payload) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(invalid(error.to_string())),
    }
}

const CHUNK: usize = 1 << 22;

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Reads until `buffer` is full or the input ends; gives how much was read.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
