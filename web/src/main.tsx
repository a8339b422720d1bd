import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './design/tokens.css'
import './design/base.css'
import './design/parts.css'
import { connectEvents } from './api/events.ts'
import { App } from './app.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
connectEvents()
createRoot(root).render(<StrictMode><App /></StrictMode>)
