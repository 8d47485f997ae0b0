use super::rows;

const X: &str = "let X = datatable(k: string, x: long) ['a', 1, 'b', 2, 'b', 3, '', 4];";
const Y: &str = "let Y = datatable(k: string, y: long) ['b', 10, 'c', 20, 'c', 30, '', 40];";

fn join(kind: &str) -> String {
    join_then(kind, "")
}

fn join_then(kind: &str, rest: &str) -> String {
    rows(&format!("{X} {Y} X | join kind={kind} Y on k {rest}"))
}

#[test]
fn all_kinds() {
    assert_eq!(rows(&format!("{X} {Y} X | join Y on k")), "k x k1 y\n\"b\" 2 \"b\" 10\n\"\" 4 \"\" 40");
    assert_eq!(join("inner"), "k x k1 y\n\"b\" 2 \"b\" 10\n\"b\" 3 \"b\" 10\n\"\" 4 \"\" 40");
    assert_eq!(join("leftouter"), "k x k1 y\n\"a\" 1 \"\" null\n\"b\" 2 \"b\" 10\n\"b\" 3 \"b\" 10\n\"\" 4 \"\" 40");
    assert_eq!(join_then("rightouter", "| where k1 == 'c'"), "k x k1 y\n\"\" null \"c\" 20\n\"\" null \"c\" 30");
    assert_eq!(join_then("fullouter", "| count"), "Count\n6");
    assert_eq!(join("leftsemi"), "k x\n\"b\" 2\n\"b\" 3\n\"\" 4");
    assert_eq!(join("rightsemi"), "k y\n\"b\" 10\n\"\" 40");
    assert_eq!(join("leftanti"), "k x\n\"a\" 1");
    assert_eq!(join("anti"), "k x\n\"a\" 1");
    assert_eq!(join("rightanti"), "k y\n\"c\" 20\n\"c\" 30");
}

#[test]
fn keys() {
    assert_eq!(
        rows(&format!("{X} {Y} X | join kind=inner Y on $left.k == $right.k, $left.x == $right.y | count")),
        "Count\n0"
    );
    assert_eq!(
        rows("print a = int(null), b = 1 | join kind=leftouter (print a = int(null), c = 2) on a"),
        "a b a1 c\nnull 1 null null"
    );
    assert_eq!(
        rows("print a = int(1) | join kind=inner hint.strategy=broadcast (print b = 1) on $left.a == $right.b"),
        "a b\n1 1"
    );
}

#[test]
fn lookup_leaves_the_keys_of_the_right_side_out() {
    assert_eq!(rows(&format!("{X} {Y} X | lookup Y on k")), "k x y\n\"a\" 1 null\n\"b\" 2 10\n\"b\" 3 10\n\"\" 4 40");
    assert_eq!(rows(&format!("{X} {Y} X | lookup kind=inner Y on k | count")), "Count\n3");
}
