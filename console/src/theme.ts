import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** From mist to deep water. The eighth carries white text, and is read on white: 5.6 to 1. */
const water: MantineColorsTuple = [
  '#e9f4f6',
  '#d3e7ec',
  '#a6cfd9',
  '#74b5c5',
  '#4ea4b7',
  '#3796ab',
  '#1f869c',
  '#0b7285',
  '#086273',
  '#034c5a',
]

export const theme = createTheme({
  colors: { water },
  primaryColor: 'water',
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
      h3: { fontSize: '1rem', lineHeight: '1.5' },
    },
  },
  components: {
    Tooltip: {
      defaultProps: { withArrow: true, events: { hover: true, focus: true, touch: true } },
    },
    // What is wide within an item scrolls there.
    List: { styles: { itemWrapper: { maxWidth: '100%' }, itemLabel: { maxWidth: '100%' } } },
    Paper: { defaultProps: { withBorder: true, p: 'lg' } },
    NavLink: { styles: { root: { borderRadius: 'var(--mantine-radius-md)' } } },
    Table: { defaultProps: { verticalSpacing: 'sm', horizontalSpacing: 'md' } },
  },
})

/** Mantine's own quiet texts are fainter than the 4.5 to 1 that WCAG 2.2 AA asks for. */
export const cssVariables: CSSVariablesResolver = (of) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': of.colors.gray[7],
    '--mantine-color-placeholder': of.colors.gray[7],
    '--mantine-color-error': of.colors.red[9],
    '--sluice-good': of.colors.teal[9],
    '--sluice-bad': of.colors.red[9],
    '--sluice-doubt': '#8a5300',
    '--sluice-ground': of.colors.gray[0],
  },
  dark: {
    '--mantine-color-dimmed': of.colors.dark[1],
    '--mantine-color-placeholder': of.colors.dark[1],
    '--mantine-color-error': of.colors.red[4],
    '--sluice-good': of.colors.teal[4],
    '--sluice-bad': of.colors.red[4],
    '--sluice-doubt': of.colors.yellow[4],
    '--sluice-ground': of.colors.dark[8],
  },
})
