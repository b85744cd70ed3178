#!/usr/bin/env node
// Plain JavaScript, so that an older Node can read it; the command itself runs on Node 24.
import { runMainBeside } from '../node24.js'

runMainBeside(import.meta.url)
