//! A series of shares as one line of block characters.

/// From nothing at all to everything.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Unknown, which is never drawn as zero.
const UNKNOWN: char = '·';

/// At most `width` characters. Each shows the lowest known value of the minutes that it stands for,
/// so that a short loss stays visible.
pub(crate) fn sparkline(values: &[Option<f64>], width: usize) -> String {
    let width = values.len().min(width);
    let minutes = |i: usize| &values[i * values.len() / width..(i + 1) * values.len() / width];
    let step = |i: usize| {
        let known = minutes(i).iter().flatten().copied();
        // Rounded up: the lowest step is for nothing at all.
        known.reduce(f64::min).map_or(UNKNOWN, |lowest| {
            STEPS[((lowest * 7.0).ceil() as usize).min(STEPS.len() - 1)]
        })
    };
    (0..width).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::sparkline;

    #[test]
    fn a_short_loss_and_the_unknown_stay_visible() {
        let values = [Some(1.0), Some(0.0), Some(0.01), Some(1.0), None, None];
        assert_eq!(sparkline(&values, 3), "▁▂·");
        assert_eq!(sparkline(&values, 60), "█▁▂█··");
        assert_eq!(sparkline(&[], 60), "");
    }
}
