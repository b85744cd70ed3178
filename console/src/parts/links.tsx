import {
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  NavLink,
  type NavLinkProps,
} from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

// Mantine's looks on the router's links, whose addresses are checked by type.

type Html<Own> = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Own> & {
  ref?: Ref<HTMLAnchorElement>
}

export const LinkTo = createLink((props: AnchorProps & Html<AnchorProps>) => (
  <Anchor inherit {...props} />
))

export const ButtonTo = createLink((props: ButtonProps & Html<ButtonProps>) => (
  <Button component="a" {...props} />
))

export const NavLinkTo = createLink((props: NavLinkProps & Html<NavLinkProps>) => (
  <NavLink component="a" {...props} />
))
