//! The wire format under arbitrary values and arbitrary bytes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{self, Read};

use entity_explorer::wire::{DecodeError, MAX_DEPTH, MAX_FRAME, Value, read_frame, write_frame};
use proptest::prelude::*;

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("NaN is not equal to itself", |number| !number.is_nan()).prop_map(Value::Float),
        any::<String>().prop_map(Value::Str),
        any::<Vec<u8>>().prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            prop::collection::vec((any::<String>(), inner), 0..8).prop_map(Value::Map),
        ]
    })
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn values_come_back(value in any_value()) {
        prop_assert_eq!(Value::decode(&encoded(&value)), Ok(value));
    }

    #[test]
    fn frames_come_back(values in prop::collection::vec(any_value(), 0..5)) {
        let mut bytes = Vec::new();
        for value in &values {
            write_frame(&mut bytes, value).unwrap();
        }
        let mut input = OneByteAtATime(&bytes);
        for value in values {
            prop_assert_eq!(read_frame(&mut input, MAX_FRAME).unwrap(), Some(value));
        }
        prop_assert_eq!(read_frame(&mut input, MAX_FRAME).unwrap(), None);
    }

    #[test]
    fn arbitrary_bytes_give_a_value_or_an_error(bytes in any::<Vec<u8>>()) {
        if let Ok(value) = Value::decode(&bytes) {
            // A length may be written with needless bytes, but never means another value.
            prop_assert_eq!(Value::decode(&encoded(&value)).map(|again| encoded(&again)), Ok(encoded(&value)));
        }
    }

    #[test]
    fn nearly_right_bytes_give_a_value_or_an_error(value in any_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encoded(&value);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Value::decode(&bytes);
        let _ = read_frame(&mut bytes.as_slice(), 1 << 16);
    }

    #[test]
    fn a_cut_value_is_an_error(value in any_value(), at in any::<prop::sample::Index>()) {
        let bytes = encoded(&value);
        let cut = &bytes[..at.index(bytes.len())];
        prop_assert!(Value::decode(cut).is_err());
    }
}

/// A pipe gives what has arrived, not what was asked for.
struct OneByteAtATime<'a>(&'a [u8]);

impl Read for OneByteAtATime<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(1).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn not_a_number_comes_back() {
    let Ok(Value::Float(number)) = Value::decode(&encoded(&Value::Float(f64::NAN))) else { panic!("no number") };
    assert!(number.is_nan());
}

#[test]
fn a_count_that_the_bytes_cannot_hold_takes_no_memory() {
    for tag in [5, 6, 7, 8] {
        let bytes = [tag, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(Value::decode(&bytes), Err(DecodeError::Truncated));
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        let mut bytes = [7, 1].repeat(depth);
        bytes.push(0);
        bytes
    };
    assert!(Value::decode(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(Value::decode(&nested(MAX_DEPTH + 1)), Err(DecodeError::TooDeep));
    assert_eq!(Value::decode(&nested(1_000_000)), Err(DecodeError::TooDeep));
}

#[test]
fn a_frame_longer_than_allowed_is_refused_before_it_is_read() {
    let mut frame = Vec::new();
    write_frame(&mut frame, &Value::str(&"x".repeat(100))).unwrap();
    let error = read_frame(&mut frame.as_slice(), 50).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    // A usage message instead of a hello.
    let error = read_frame(&mut "usage: cat [FILE]".as_bytes(), 4096).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn an_end_inside_a_frame_is_told_from_an_end_between_frames() {
    let mut frame = Vec::new();
    write_frame(&mut frame, &Value::Int(1)).unwrap();
    for length in 1..frame.len() {
        let error = read_frame(&mut &frame[..length], MAX_FRAME).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
    }
    assert_eq!(read_frame(&mut io::empty(), MAX_FRAME).unwrap(), None);
}

#[test]
fn two_hundred_megabytes_pass() {
    let value = Value::List(vec![Value::Bytes(vec![7; 200 << 20]), Value::str("end")]);
    let mut frame = Vec::new();
    write_frame(&mut frame, &value).unwrap();
    assert!(read_frame(&mut frame.as_slice(), MAX_FRAME).unwrap() == Some(value));
}

#[test]
fn what_is_too_large_is_not_begun() {
    let half = Value::Bytes(vec![0; MAX_FRAME / 2]);
    let mut out = Vec::new();
    let error = write_frame(&mut out, &Value::List(vec![half.clone(), half])).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(out.is_empty());
}
