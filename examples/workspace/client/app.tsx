import { PresenceProvider } from '@rollcall/react'
import { useEffect, useState } from 'react'
import { callApi } from './api.ts'
import { Login } from './login/login.tsx'
import { type ClosedBecause, type OpenWorkspace, openWorkspace } from './open-workspace.ts'
import { signIn, storedSession } from './session.ts'
import { Shell } from './shell/shell.tsx'
import { type Directory, WorkspaceContext } from './workspace-context.ts'

export function App() {
  const [directory, setDirectory] = useState<Directory | null>(null)
  const [session, setSession] = useState(storedSession)
  const [workspace, setWorkspace] = useState<OpenWorkspace | null>(null)
  const [closed, setClosed] = useState<ClosedBecause | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const fail = (error: Error) => setProblem(error.message)

  useEffect(() => {
    callApi<Directory>('/api/people').then(setDirectory, fail)
  }, [])

  useEffect(() => {
    if (session === null || directory === null) return
    const opened = openWorkspace(session, directory, (because) => {
      setClosed(because)
      setSession(null)
    })
    setWorkspace(opened)
    return () => {
      opened.close()
      setWorkspace(null)
    }
  }, [session, directory])

  if (workspace !== null) {
    return (
      <WorkspaceContext value={workspace}>
        <PresenceProvider client={workspace.client}>
          <Shell />
        </PresenceProvider>
      </WorkspaceContext>
    )
  }
  // A reload: the login stands, its workspace opens with the next answer.
  if (session !== null && problem === null) return null
  return (
    <Login
      directory={directory}
      problem={problem}
      closed={closed}
      onChoose={(userId) => {
        setProblem(null)
        signIn(userId).then(setSession, fail)
      }}
    />
  )
}
