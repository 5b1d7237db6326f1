//! The canvas that figures are drawn on. plotters writes an SVG in pixels; hatching is added to it,
//! text becomes outlines, and the PNG is rendered from the same drawing.

use super::colour::{Colour, PAPER};
use super::error::PlotError;
use super::font;
use super::size::Size;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, IntoTextStyle, RGBColor, ShapeStyle};
use resvg::{tiny_skia, usvg};
use std::fmt::Write as _;
use std::ops::Range;

/// A point, in pixels from the upper left.
pub(super) type Point = (f64, f64);

/// Which part of a text is at its point, as `text-anchor` of SVG. Vertically the text is centred on
/// the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A part of the canvas, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub(super) fn width(self) -> f64 {
        (self.right - self.left).max(1.0)
    }

    pub(super) fn height(self) -> f64 {
        (self.bottom - self.top).max(1.0)
    }
}

/// Draws rectangles, lines, texts and hatching.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// Hatched areas, as one path.
    hatched: String,
    size: Size,
}

/// The colour of a placeholder, drawn right after the paper, that [`finish`] replaces by the hatching.
const PLACEHOLDER: Colour = Colour(0x01, 0x02, 0x03);

impl<'a> Canvas<'a> {
    /// A blank canvas whose SVG is written to `svg`.
    pub(super) fn new(svg: &'a mut String, size: Size) -> Result<Self, PlotError> {
        let backend = SVGBackend::with_string(svg, (size.width, size.height));
        let canvas = Self {
            area: backend.into_drawing_area(),
            hatched: String::new(),
            size,
        };
        let all = canvas.all();
        canvas.rect(all, PAPER)?;
        let one = Area {
            right: 1.0,
            bottom: 1.0,
            ..all
        };
        canvas.rect(one, PLACEHOLDER)?;
        Ok(canvas)
    }

    /// The whole canvas.
    pub(super) fn all(&self) -> Area {
        Area {
            left: 0.0,
            top: 0.0,
            right: f64::from(self.size.width),
            bottom: f64::from(self.size.height),
        }
    }

    /// Scales a length in pixels of the default size to this canvas.
    pub(super) fn px(&self, n: f64) -> f64 {
        n * self.size.scale()
    }

    /// The width of a text in pixels; `size` is its em in pixels of the default size.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        font::width(text, self.px(size))
    }

    /// Fills a rectangle.
    pub(super) fn rect(&self, area: Area, colour: Colour) -> Result<(), PlotError> {
        let corners = [
            point((area.left, area.top)),
            point((area.right, area.bottom)),
        ];
        if corners[0].0 >= corners[1].0 || corners[0].1 >= corners[1].1 {
            return Ok(());
        }
        self.put(&Rectangle::new(corners, rgb(colour).filled()))
    }

    /// A line through points; `thickness` in pixels of the default size.
    pub(super) fn line(
        &self,
        points: &[Point],
        colour: Colour,
        thickness: f64,
    ) -> Result<(), PlotError> {
        let points: Vec<_> = points.iter().copied().map(point).collect();
        self.put(&PathElement::new(points, self.stroke(colour, thickness)))
    }

    /// A dashed straight line.
    pub(super) fn dashes(
        &self,
        (x0, y0): Point,
        (x1, y1): Point,
        colour: Colour,
    ) -> Result<(), PlotError> {
        let length = (x1 - x0).hypot(y1 - y0);
        let dash = self.px(6.0);
        let mut at = 0.0;
        while at < length {
            let on = |along: f64| {
                let part = along.min(length) / length;
                (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
            };
            self.line(&[on(at), on(at + dash)], colour, 1.5)?;
            at += dash * 1.7;
        }
        Ok(())
    }

    /// A text, `size` being its em in pixels of the default size.
    pub(super) fn text(
        &self,
        text: &str,
        at: Point,
        size: f64,
        colour: Colour,
        anchor: Anchor,
    ) -> Result<(), PlotError> {
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let h = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        // plotters-svg writes its size divided by 1.24.
        let style = (font::FAMILY, self.px(size) * 1.24).into_text_style(&self.area);
        let colour = rgb(colour);
        let style = style.color(&colour).pos(Pos::new(h, VPos::Center));
        self.put(&Text::new(text, point(at), style))
    }

    /// Hatches an area, below everything else: the sign for unknown.
    pub(super) fn hatch(&mut self, area: Area) {
        let (x0, y0) = point((area.left, area.top));
        let (x1, y1) = point((area.right, area.bottom));
        if x0 < x1 && y0 < y1 {
            let (w, h) = (x1 - x0, y1 - y0);
            let _ = write!(self.hatched, "M{x0} {y0}h{w}v{h}h-{w}z");
        }
    }

    fn stroke(&self, colour: Colour, thickness: f64) -> ShapeStyle {
        let thickness = self.px(thickness).round().max(1.0) as u32;
        rgb(colour).stroke_width(thickness)
    }

    fn put<'b, E>(&self, element: &'b E) -> Result<(), PlotError>
    where
        &'b E: plotters::element::PointCollection<'b, (i32, i32)>,
        E: plotters::element::Drawable<SVGBackend<'a>>,
    {
        let drawn = self.area.draw(element);
        drawn.map_err(|e| PlotError::Drawing(e.to_string()))
    }

    /// Ends the drawing and returns the path to hatch, for [`finish`].
    pub(super) fn end(self) -> Result<String, PlotError> {
        let done = self.area.present();
        done.map_err(|e| PlotError::Drawing(e.to_string()))?;
        Ok(self.hatched)
    }
}

/// A finished figure, to be written as SVG or PNG.
pub struct RenderedFigure {
    tree: usvg::Tree,
}

/// Adds the hatching and turns text into outlines.
pub(super) fn finish(svg: &str, hatched: &str, size: Size) -> Result<RenderedFigure, PlotError> {
    let placeholder = find_placeholder(svg)?;
    let step = (8.0 * size.scale()).round().max(4.0);
    let stroke = (step / 5.0).max(1.0);
    let mut whole = String::with_capacity(svg.len() + hatched.len() + 500);
    whole.push_str(svg.get(..placeholder.start).unwrap_or_default());
    if !hatched.is_empty() {
        let (a, b) = (step / 2.0, step * 1.5);
        let _ = writeln!(
            whole,
            "<defs><pattern id=\"hatch\" patternUnits=\"userSpaceOnUse\" width=\"{step}\" \
             height=\"{step}\"><rect width=\"{step}\" height=\"{step}\" fill=\"#e9e9e9\"/>\
             <path d=\"M-{a} {a}L{a} -{a}M0 {step}L{step} 0M{a} {b}L{b} {a}\" \
             stroke=\"#8a8a8a\" stroke-width=\"{stroke}\"/></pattern></defs>\
             <path fill=\"url(#hatch)\" d=\"{hatched}\"/>"
        );
    }
    whole.push_str(svg.get(placeholder.end..).unwrap_or_default());
    let options = usvg::Options {
        font_family: font::FAMILY.to_owned(),
        fontdb: font::database(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(&whole, &options);
    let tree = tree.map_err(|e| PlotError::Drawing(e.to_string()))?;
    Ok(RenderedFigure { tree })
}

/// The bytes of the placeholder's element.
fn find_placeholder(svg: &str) -> Result<Range<usize>, PlotError> {
    let Colour(r, g, b) = PLACEHOLDER;
    let fill = format!("fill=\"#{r:02X}{g:02X}{b:02X}\"");
    let missing = || PlotError::Drawing("the place of the hatching is missing".to_owned());
    let at = svg.find(&fill).ok_or_else(missing)?;
    let start = svg
        .get(..at)
        .and_then(|s| s.rfind('<'))
        .ok_or_else(missing)?;
    let length = svg
        .get(at..)
        .and_then(|s| s.find("/>"))
        .ok_or_else(missing)?;
    Ok(start..at + length + 2)
}

impl RenderedFigure {
    /// Writes it as SVG, without text elements.
    pub fn svg(&self) -> String {
        let options = usvg::WriteOptions {
            coordinates_precision: 2,
            transforms_precision: 4,
            indent: usvg::Indent::None,
            ..usvg::WriteOptions::default()
        };
        self.tree.to_string(&options)
    }

    /// Renders it as PNG.
    ///
    /// # Errors
    /// The pixels do not fit in memory, or cannot be encoded.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        let size = self.tree.size().to_int_size();
        let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height())
            .ok_or_else(|| PlotError::Drawing("its pixels do not fit in memory".to_owned()))?;
        let as_is = tiny_skia::Transform::identity();
        resvg::render(&self.tree, as_is, &mut pixels.as_mut());
        pixels
            .encode_png()
            .map_err(|e| PlotError::Drawing(e.to_string()))
    }
}

fn rgb(Colour(r, g, b): Colour) -> RGBColor {
    RGBColor(r, g, b)
}

fn point((x, y): Point) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}
