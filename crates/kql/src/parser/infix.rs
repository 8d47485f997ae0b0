//! The infix operators and how tightly they bind.

use super::{Parser, Punct, Tok};
use crate::ast::{BinaryOp, ListOp};

/// `==`, `!=`, `in`, `between`, …
pub(super) const EQUALITY: u8 = 1;
/// `<`, `<=`, `>`, `>=`
pub(super) const RELATIONAL: u8 = 2;
/// `has`, `contains`, `=~`, …
const STRING: u8 = 3;
/// `+`, `-`
const ADDITIVE: u8 = 4;
/// `*`, `/`, `%`
const MULTIPLICATIVE: u8 = 5;

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Infix {
    Binary(BinaryOp),
    List(ListOp),
    Between { negated: bool },
}

impl Parser<'_> {
    /// The operator here (`and` and `or` apart), its strength and how many tokens it takes.
    pub(super) fn infix(&self) -> Option<(Infix, u8, usize)> {
        use BinaryOp as B;
        let binary = |op, strength| Some((Infix::Binary(op), strength, 1));
        match self.tok() {
            Tok::Punct(punct) => match punct {
                Punct::EqualEqual => binary(B::Equal, EQUALITY),
                Punct::BangEqual | Punct::LessGreater => binary(B::NotEqual, EQUALITY),
                Punct::Less => binary(B::Less, RELATIONAL),
                Punct::LessEqual => binary(B::LessOrEqual, RELATIONAL),
                Punct::Greater => binary(B::Greater, RELATIONAL),
                Punct::GreaterEqual => binary(B::GreaterOrEqual, RELATIONAL),
                Punct::EqualTilde => binary(B::EqualTilde, STRING),
                Punct::BangTilde => binary(B::NotEqualTilde, STRING),
                Punct::Colon if self.in_search => binary(B::SearchHas, STRING),
                Punct::Plus => binary(B::Add, ADDITIVE),
                Punct::Minus => binary(B::Subtract, ADDITIVE),
                Punct::Star => binary(B::Multiply, MULTIPLICATIVE),
                Punct::Slash => binary(B::Divide, MULTIPLICATIVE),
                Punct::Percent => binary(B::Modulo, MULTIPLICATIVE),
                Punct::Bang if self.adjacent(1) => self.negated_word(self.word_at(1)?),
                _ => None,
            },
            Tok::Ident => self.infix_word(self.word()?),
            _ => None,
        }
    }

    fn infix_word(&self, word: &str) -> Option<(Infix, u8, usize)> {
        use BinaryOp as B;
        let op = match word {
            // `in range(…)` belongs to make-series.
            "in" if self.word_at(1) == Some("range") => return None,
            "in" => {
                let tilde = self.is_at(1, Punct::Tilde) && self.adjacent(1);
                let op = if tilde { ListOp::InTilde } else { ListOp::In };
                return Some((Infix::List(op), EQUALITY, 1 + usize::from(tilde)));
            }
            "has_any" => return Some((Infix::List(ListOp::HasAny), EQUALITY, 1)),
            "has_all" => return Some((Infix::List(ListOp::HasAll), EQUALITY, 1)),
            "between" => return Some((Infix::Between { negated: false }, EQUALITY, 1)),
            "matches" if self.word_at(1) == Some("regex") => {
                return Some((Infix::Binary(B::MatchesRegex), STRING, 2));
            }
            "has" => B::Has,
            "has_cs" => B::HasCs,
            "hasprefix" => B::HasPrefix,
            "hasprefix_cs" => B::HasPrefixCs,
            "hassuffix" => B::HasSuffix,
            "hassuffix_cs" => B::HasSuffixCs,
            "contains" => B::Contains,
            "contains_cs" | "containscs" => B::ContainsCs,
            "notcontains" => B::NotContains,
            "notcontainscs" => B::NotContainsCs,
            "startswith" => B::StartsWith,
            "startswith_cs" => B::StartsWithCs,
            "endswith" => B::EndsWith,
            "endswith_cs" => B::EndsWithCs,
            "like" => B::Like,
            "notlike" => B::NotLike,
            "likecs" => B::LikeCs,
            "notlikecs" => B::NotLikeCs,
            _ => return None,
        };
        Some((Infix::Binary(op), STRING, 1))
    }

    fn negated_word(&self, word: &str) -> Option<(Infix, u8, usize)> {
        use BinaryOp as B;
        let op = match word {
            "in" => {
                let tilde = self.is_at(2, Punct::Tilde) && self.adjacent(2);
                let op = if tilde { ListOp::NotInTilde } else { ListOp::NotIn };
                return Some((Infix::List(op), EQUALITY, 2 + usize::from(tilde)));
            }
            "between" => return Some((Infix::Between { negated: true }, EQUALITY, 2)),
            "has" => B::NotHas,
            "has_cs" => B::NotHasCs,
            "hasprefix" => B::NotHasPrefix,
            "hasprefix_cs" => B::NotHasPrefixCs,
            "hassuffix" => B::NotHasSuffix,
            "hassuffix_cs" => B::NotHasSuffixCs,
            "contains" => B::NotContains,
            "contains_cs" => B::NotContainsCs,
            "startswith" => B::NotStartsWith,
            "startswith_cs" => B::NotStartsWithCs,
            "endswith" => B::NotEndsWith,
            "endswith_cs" => B::NotEndsWithCs,
            _ => return None,
        };
        Some((Infix::Binary(op), STRING, 2))
    }
}
