use super::rows;

const T: &str = "datatable(k: string, v: int, t: string) ['a', 1, 'x', 'a', 3, 'y', 'b', int(null), 'z', '', 5, 'w']";

#[test]
fn groups_come_in_order_of_appearance_with_default_names() {
    assert_eq!(
        rows(&format!("{T} | summarize count(), sum(v) by k")),
        "k count_ sum_v\n\"a\" 2 4\n\"b\" 1 0\n\"\" 1 5"
    );
    assert_eq!(rows(&format!("{T} | summarize n = count(), sum(v), sum(v)")), "n sum_v sum_v1\n4 9 9");
    assert_eq!(rows(&format!("{T} | summarize by k")), "k\n\"a\"\n\"b\"\n\"\"");
    assert_eq!(
        rows(&format!("{T} | summarize count() by v, big = v > 2")),
        "v big count_\n1 false 1\n3 true 1\nnull null 1\n5 true 1"
    );
}

#[test]
fn aggregations_are_values() {
    assert_eq!(rows(&format!("{T} | summarize x = sum(v) * 10 / count(), sum(v) + 1")), "x Column1\n22 10");
    assert_eq!(rows("range x from 1 to 3 step 1 | summarize sum(1), n = count() + 0"), "sum_ n\n3 3");
}

#[test]
fn no_rows_give_one_row_without_keys_and_none_with() {
    assert_eq!(rows("datatable(x: long) [] | summarize count(), sum(x)"), "count_ sum_x\n0 0");
    assert_eq!(rows("datatable(x: long) [] | summarize count() by x | count"), "Count\n0");
}

#[test]
fn rows_of_the_greatest_value() {
    assert_eq!(
        rows(&format!("{T} | summarize arg_max(v, *) by k")),
        "k v t\n\"a\" 3 \"y\"\n\"b\" null \"z\"\n\"\" 5 \"w\""
    );
    assert_eq!(rows(&format!("{T} | summarize arg_min(v, t)")), "v t\n1 \"x\"");
    assert_eq!(rows(&format!("{T} | summarize (m, u) = arg_max(v, t), arg_max(v, k)")), "m u v k\n5 \"w\" 5 \"\"");
    assert_eq!(rows(&format!("{T} | summarize arg_max(v + 1, t)")), "max_ t\n6 \"w\"");
    assert_eq!(rows(&format!("{T} | where k == 'b' | summarize arg_max(v, *)")), "v k t\nnull \"b\" \"z\"");
    assert_eq!(rows("datatable(x: long, s: string) [] | summarize arg_max(x, s)"), "x s\nnull \"\"");
}

#[test]
fn any_row() {
    assert_eq!(rows(&format!("{T} | sort by v asc | summarize take_any(v)")), "v\n1");
    assert_eq!(rows(&format!("{T} | summarize take_any(*) by k | take 1")), "k v t\n\"a\" 1 \"x\"");
    assert_eq!(rows(&format!("{T} | summarize any(t)")), "any_t\n\"x\"");
    assert_eq!(rows(&format!("{T} | summarize take_anyif(t, v == 3)")), "t\n\"y\"");
}
