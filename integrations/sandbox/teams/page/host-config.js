// How Teams sets cards: sizes, spacing and the colours of its light, dark and high-contrast themes.
const LIGHT = {
  text: "#242424", subtle: "#616161", card: "#ffffff", emphasis: "#f5f5f5", line: "#e0e0e0",
  accent: "#4f52b2", good: "#0e700e", warning: "#835b00", attention: "#b10e1c",
  accentBack: "#e8ebfa", goodBack: "#e7f2e6", warningBack: "#fdf3d8", attentionBack: "#fbeaec",
};
const DARK = {
  text: "#ffffff", subtle: "#b8b8b8", card: "#292929", emphasis: "#1f1f1f", line: "#4a4a4a",
  accent: "#aab0fa", good: "#8fd58f", warning: "#fbd65e", attention: "#ff99a4",
  accentBack: "#2f2f4a", goodBack: "#1c3420", warningBack: "#40340f", attentionBack: "#47222a",
};

const CONTRAST = {
  text: "#ffffff", subtle: "#ffffff", card: "#000000", emphasis: "#000000", line: "#ffffff",
  accent: "#1aebff", good: "#3ff23f", warning: "#ffff01", attention: "#ff8f8f",
  accentBack: "#000000", goodBack: "#000000", warningBack: "#000000", attentionBack: "#000000",
};

export function paletteOf(theme) {
  return { dark: DARK, contrast: CONTRAST }[theme] ?? LIGHT;
}

function foreground(palette) {
  const pair = (colour) => ({ default: colour, subtle: colour });
  return {
    default: { default: palette.text, subtle: palette.subtle },
    dark: { default: palette.text, subtle: palette.subtle },
    light: { default: palette.subtle, subtle: palette.subtle },
    accent: pair(palette.accent),
    good: pair(palette.good),
    warning: pair(palette.warning),
    attention: pair(palette.attention),
  };
}

export function hostConfigOf(theme, narrow = false) {
  const palette = paletteOf(theme);
  const style = (backgroundColor, borderColor = palette.line) => ({
    backgroundColor, borderColor, borderThickness: theme === "contrast" ? 1 : 0, foregroundColors: foreground(palette),
  });
  return {
    hostCapabilities: { capabilities: null },
    choiceSetInputValueSeparator: ",",
    supportsInteractivity: true,
    spacing: { small: 4, default: 8, medium: 12, large: 20, extraLarge: 24, padding: narrow ? 12 : 16 },
    separator: { lineThickness: 1, lineColor: palette.line },
    imageSizes: { small: 32, medium: 52, large: 100 },
    fontTypes: {
      default: {
        fontFamily: "'Segoe UI', -apple-system, BlinkMacSystemFont, Roboto, 'Noto Sans', 'Liberation Sans', 'Helvetica Neue', Arial, sans-serif",
        fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
        fontWeights: { lighter: 300, default: 400, bolder: 600 },
      },
      monospace: {
        fontFamily: "Consolas, 'Liberation Mono', monospace",
        fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
        fontWeights: { lighter: 300, default: 400, bolder: 600 },
      },
    },
    lineHeights: { small: 16, default: 20, medium: 20, large: 24, extraLarge: 32 },
    textStyles: { heading: { size: "large", weight: "bolder" }, columnHeader: { weight: "bolder" } },
    containerStyles: {
      default: style(palette.card),
      emphasis: style(palette.emphasis),
      accent: style(palette.accentBack),
      good: style(palette.goodBack),
      warning: style(palette.warningBack),
      attention: style(palette.attentionBack),
    },
    inputs: {
      label: {
        inputSpacing: "small",
        requiredInputs: { size: "default", weight: "bolder", suffix: " *", suffixColor: "attention" },
        optionalInputs: { size: "default", weight: "bolder" },
      },
      errorMessage: { size: "small", color: "attention", spacing: "small" },
    },
    actions: {
      maxActions: 6, spacing: "medium", buttonSpacing: 8, iconPlacement: "leftOfTitle", iconSize: 16,
      showCard: { actionMode: "inline", inlineTopMargin: 12, style: "emphasis" },
      actionsOrientation: "horizontal", actionAlignment: "left", preExpandSingleShowCardAction: false,
    },
    adaptiveCard: { allowCustomStyle: false },
    factSet: {
      title: { size: "default", color: "default", isSubtle: true, weight: "default", wrap: true, maxWidth: 140 },
      value: { size: "default", color: "default", isSubtle: false, weight: "default", wrap: true },
      spacing: 12,
    },
    table: { cellSpacing: 8 },
  };
}
