import { useState } from 'react'
import type { UnderstandingChange } from '#protocols/http.ts'
import { Dialog } from '../design/dialog.tsx'
import { useAct } from '../organise/use-act.ts'

interface ConsentProps {
  readonly faces: boolean
  readonly change: (change: UnderstandingChange) => Promise<void>
}

/** Whether faces are looked for: off until an administrator says that the people agreed. */
export function FacesConsent({ faces, change }: ConsentProps) {
  const [asking, setAsking] = useState(false)
  return (
    <section className="card panel" aria-labelledby="faces">
      <div className="row spread wrap">
        <h2 id="faces">Faces</h2>
        <button type="button" className={`button ${faces ? 'danger' : ''}`} onClick={() => setAsking(true)}>{faces ? 'Stop and delete all faces' : 'Look for faces…'}</button>
      </div>
      <p className="small dim">{faces
        ? 'Faces are looked for in every picture. Where a face is, and a row of numbers that describes it, is kept in this ring and nowhere else.'
        : 'Faces are not looked for. Nothing that describes a face is kept in this ring.'}</p>
      {asking ? <Ask faces={faces} change={change} onClose={() => setAsking(false)} /> : null}
    </section>
  )
}

function Ask({ faces, change, onClose }: ConsentProps & { readonly onClose: () => void }) {
  const [agreed, setAgreed] = useState(false)
  const { busy, why, act } = useAct(onClose)
  const words = faces ? 'Stop and delete' : 'Look for faces'
  return (
    <Dialog title={faces ? 'Delete every face that was found?' : 'Look for faces?'} onClose={onClose}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void act(() => change({ faces: !faces })) }}>
        {faces ? <p>Faces are not looked for any more, and what was found is deleted on every node. Files and their other descriptions stay.</p> : (
          <>
            <p>A face can tell who somebody is. In many countries you may look for faces only when the people in the pictures agreed, and must be able to delete what was found when one of them asks.</p>
            <ul className="small dim faces-facts"><li>Every picture of the library is looked through, on the nodes of this ring only.</li><li>Of each face its place and a row of numbers are kept, so that the same face can be found again.</li><li>Everybody who sees a clip can see that a face was found in it.</li><li>Turning it off deletes all of it.</li></ul>
            <label className="row"><input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} />The people in these pictures agreed to it.</label>
          </>
        )}
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        <div className="row end"><button type="button" className="button" onClick={onClose}>Leave it as it is</button><button type="submit" className={`button ${faces ? 'danger' : 'primary'}`} disabled={busy || (!faces && !agreed)}>{words}</button></div>
      </form>
    </Dialog>
  )
}
