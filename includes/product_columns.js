/**
 * The part of the dictionary that the product domain has: words of its own for some columns that others have too.
 */
module.exports = {
  // Users
  user_key:
    'The version of the user: hash of user and valid_from; in the fact, the one at the time of the event, and unknown where there is none.',
  signup_date: 'Day of the signup, as it was when the version began.',
  country: 'Country, as two letters in upper case, or OTHER; unknown if it was not said.',
  age_group: 'Group of ages, such as 18-24; unknown if it was not said.',
  device_type:
    'ios, android, web or tablet; of an event its own, else that of the user; unknown if neither was said.',
  user_segment: 'power, active, casual or dormant; unknown if it was not said.',
  primary_platform: 'The platform that the user is on most; unknown if it was not said.',
  valid_from:
    'The day of the extract from which this version is known; of the first one, and of the unknown member, -infinity.',
  reader: 'The model that has yet to see the user.',

  // Events
  event_id: 'The event.',
  event_type: 'What was done, such as content_view.',
  event_category: 'session, content, monetization or engagement.',
  is_active_event: 'Whether a user is active by it: all but ad_impression and session_end.',
  platform: 'The app: facebook, instagram, messenger, whatsapp or threads.',
  platform_category: 'social, media or messaging.',
  session_id: 'The session as the app named it; NULL if it did not.',
  _known_load_id:
    'The load with which the event counts: its own or, if that is later, the first one of its user.',
}
