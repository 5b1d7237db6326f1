//! How large figures are.

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            width: 1200,
            height: 675,
        }
    }
}

/// So small that there is still room for what must be said.
const LEAST: Size = Size {
    width: 400,
    height: 300,
};
/// So large that a view is not a burden.
const MOST: u32 = 8_000;

impl Size {
    /// Reads `1200x675`.
    ///
    /// # Errors
    /// It is something else, or too small or large to draw.
    pub fn parse(text: &str) -> Result<Self, String> {
        let sides = text.trim().split_once(['x', 'X', '×']);
        let sides = sides.and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
        let Some((width, height)) = sides else {
            return Err("write the width and the height in pixels, such as 1200x675".to_owned());
        };
        let is_fit =
            (LEAST.width..=MOST).contains(&width) && (LEAST.height..=MOST).contains(&height);
        if !is_fit {
            return Err(format!(
                "figures are from {}x{} to {MOST}x{MOST} pixels",
                LEAST.width, LEAST.height
            ));
        }
        Ok(Self { width, height })
    }

    /// How much larger letters and lines are than in a figure of the usual size.
    pub(super) fn scale(self) -> f64 {
        let usual = Self::default();
        let across = f64::from(self.width) / f64::from(usual.width);
        let down = f64::from(self.height) / f64::from(usual.height);
        across.min(down).clamp(0.6, 12.0)
    }
}
