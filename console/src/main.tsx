import '@mantine/core/styles.css'
import './main.css'
import { createRoot } from 'react-dom/client'
import { App } from './frame/app.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no root.')
createRoot(root).render(<App />)
