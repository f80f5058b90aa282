export function App() {
  return <h1>DeltaML</h1>;
}
