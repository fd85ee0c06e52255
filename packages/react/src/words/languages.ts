import type { PresenceWords } from './presence-words.ts'

export const german: PresenceWords = {
  status: {
    online: 'Online',
    away: 'Abwesend',
    busy: 'Beschäftigt',
    dnd: 'Bitte nicht stören',
    offline: 'Offline',
    unknown: 'Unbekannt',
  },
}

export const french: PresenceWords = {
  status: {
    online: 'En ligne',
    away: 'Absent',
    busy: 'Occupé',
    dnd: 'Ne pas déranger',
    offline: 'Hors ligne',
    unknown: 'Inconnu',
  },
}

export const turkish: PresenceWords = {
  status: {
    online: 'Çevrimiçi',
    away: 'Uzakta',
    busy: 'Meşgul',
    dnd: 'Rahatsız etmeyin',
    offline: 'Çevrimdışı',
    unknown: 'Bilinmiyor',
  },
}

export const arabic: PresenceWords = {
  status: {
    online: 'متصل',
    away: 'بعيد',
    busy: 'مشغول',
    dnd: 'عدم الإزعاج',
    offline: 'غير متصل',
    unknown: 'غير معروف',
  },
}

export const japanese: PresenceWords = {
  status: {
    online: 'オンライン',
    away: '退席中',
    busy: '取り込み中',
    dnd: '応答不可',
    offline: 'オフライン',
    unknown: '不明',
  },
}
