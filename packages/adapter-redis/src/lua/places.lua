-- A stored value is fields that end in NUL, which no name contains: rev, hash of the rev (base 36), wakeAt or nothing,
-- then the places: how the user stands for others and for admins (a letter each), and one field for each node and space;
-- an empty field; and the record itself, which no script looks into.
--   n node; or only w, in the first place: the node that the rev names before its last colon
--   b|o|a status chunk space   seen by both audiences, by others only, by admins only
local function read(value)
  local rev, hash, wake, places = string.match(value, '^(%Z*)%z(%Z*)%z(%Z*)%z(.-)%z%z')
  if string.find(places, '^%Z+%zw%f[%z]') then
    places = string.sub(places, 1, 3) .. 'n' .. string.match(rev, '^(.*):') .. string.sub(places, 5)
  end
  return { rev = rev, hash = tonumber(hash, 36), wake = wake, places = places }
end
