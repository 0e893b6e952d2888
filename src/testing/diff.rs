//! What is different between two texts, line by line.

/// Unchanged lines that are shown before and after a change.
const CONTEXT: usize = 3;
/// Above this many comparisons all of both is shown as changed: a table of them would take too much memory.
const MOST: usize = 16_000_000;

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Line<'a> {
    Same(&'a str),
    Expected(&'a str),
    Found(&'a str),
}

/// The lines of both, those missing with `-`, those too many with `+`; of unchanged ones only those near a change.
pub(super) fn diff(expected: &[&str], found: &[&str]) -> String {
    let lines = compare(expected, found);
    let near = |at: usize| {
        let around = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
        around.iter().any(|line| !matches!(line, Line::Same(_)))
    };
    let (mut shown, mut hidden) = (Vec::new(), false);
    for (at, line) in lines.iter().enumerate() {
        match line {
            Line::Expected(text) => shown.push(format!("  - {text}")),
            Line::Found(text) => shown.push(format!("  + {text}")),
            Line::Same(text) if near(at) => shown.push(format!("    {text}")),
            Line::Same(_) if hidden => continue,
            Line::Same(_) => shown.push("    ...".to_owned()),
        }
        hidden = matches!(line, Line::Same(_)) && !near(at);
    }
    shown.join("\n")
}

/// Both texts in one, along their longest common subsequence.
fn compare<'a>(expected: &[&'a str], found: &[&'a str]) -> Vec<Line<'a>> {
    let (height, width) = (expected.len(), found.len());
    if height.saturating_mul(width) > MOST {
        let all = expected.iter().map(|text| Line::Expected(text));
        return all.chain(found.iter().map(|text| Line::Found(text))).collect();
    }
    // `common[i][j]`: how many lines the texts have in common from `i` and `j` on.
    let mut common = vec![vec![0_u32; width + 1]; height + 1];
    for i in (0..height).rev() {
        for j in (0..width).rev() {
            common[i][j] = match expected[i] == found[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < height || j < width {
        if i < height && j < width && expected[i] == found[j] {
            lines.push(Line::Same(expected[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == width || (i < height && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(Line::Expected(expected[i]));
            i += 1;
        } else {
            lines.push(Line::Found(found[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn borrow(lines: &[String]) -> Vec<&str> {
        lines.iter().map(String::as_str).collect()
    }

    fn of(expected: &str, found: &str) -> String {
        let lines = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let (expected, found) = (lines(expected), lines(found));
        let diff = diff(&borrow(&expected), &borrow(&found));
        diff.lines().map(str::trim_start).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn what_is_missing_comes_before_what_is_there_instead() {
        assert_eq!(of("abc", "axc"), "a,- b,+ x,c");
        assert_eq!(of("abc", "abcd"), "a,b,c,+ d");
        assert_eq!(of("abc", "bc"), "- a,b,c");
        assert_eq!(of("", "a"), "+ a");
        assert_eq!(of("abcabba", "cbabac"), "- a,- b,c,- a,b,+ a,b,a,+ c");
    }

    #[test]
    fn unchanged_lines_far_from_a_change_are_left_out() {
        assert_eq!(of("abcdefghijk", "abcdefghijx"), "...,h,i,j,- k,+ x");
        assert_eq!(of("abcdefghijklmn", "xbcdefghijklmy"), "- a,+ x,b,c,d,...,k,l,m,- n,+ y");
    }

    #[test]
    fn texts_too_long_to_compare_are_shown_whole() {
        let long = vec!["a"; 5000];
        let lines = compare(&long, &long);
        assert_eq!((lines.len(), lines[0], lines[5000]), (10_000, Line::Expected("a"), Line::Found("a")));
    }
}
