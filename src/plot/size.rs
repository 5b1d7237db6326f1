//! The size of figures.

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

/// Smaller figures have no room for headline, caption and source.
const MIN: Size = Size {
    width: 400,
    height: 300,
};
/// Larger figures take too much memory to draw.
const MAX: u32 = 8_000;

impl Size {
    /// Parses `1200x675`.
    ///
    /// # Errors
    /// The text is something else, or the size is too small or too large to draw.
    pub fn parse(text: &str) -> Result<Self, String> {
        let sides = text.trim().split_once(['x', 'X', '×']);
        let sides = sides.and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
        let Some((width, height)) = sides else {
            return Err("write the width and the height in pixels, such as 1200x675".to_owned());
        };
        let is_fit = (MIN.width..=MAX).contains(&width) && (MIN.height..=MAX).contains(&height);
        if !is_fit {
            return Err(format!(
                "figures can be from {}x{} to {MAX}x{MAX} pixels",
                MIN.width, MIN.height
            ));
        }
        Ok(Self { width, height })
    }

    /// The factor by which letters and lines are larger than in a figure of the default size.
    pub(super) fn scale(self) -> f64 {
        let default = Self::default();
        let across = f64::from(self.width) / f64::from(default.width);
        let down = f64::from(self.height) / f64::from(default.height);
        across.min(down).clamp(0.6, 12.0)
    }
}
